"""How well a value can be hidden, judged from the value alone.

Replacing ``a`` or ``true`` everywhere destroys a log and, by what is missing, tells the secret. So
the length of a value decides where it is hidden, a common word (``postgres``) is not hidden inside
other words (``postgresql``), and values that everybody writes are not hidden at all. Nothing here
keeps or prints a value.
"""

from __future__ import annotations

import enum
import re

from .words import COMMON_PASSWORDS, is_common_word

__all__ = [
    "ANYWHERE_LENGTH",
    "WORDS_LENGTH",
    "Protection",
    "WeakSecret",
    "is_boilerplate",
    "is_literal",
    "protection_of",
]

WORDS_LENGTH = 4
"""Characters from which a value is hidden where it stands between non-alphanumerics."""

ANYWHERE_LENGTH = 8
"""Characters from which a value is hidden wherever it stands."""

_LONGEST_COMMON = 64
"""No literal, common word or password has more characters."""

_LITERALS = frozenset(
    (
        *("true", "false", "yes", "no", "on", "off", "enabled", "disabled"),
        *("null", "none", "nil", "undefined", "default", "nan", "inf"),
        *("localhost", "127.0.0.1"),
    ),
)
# RFC 7468 section 2: the encapsulation boundaries of a PEM text are boilerplate, the same for all.
# What is between two of them on one line, where an encoding has left no line ends, is none.
_LABEL = r"[^\r\n\\-]*(?:-[^\r\n\\-]+)*"
_ARMOUR = re.compile(f"-----(?:BEGIN|END) {_LABEL}-----|---- (?:BEGIN|END) {_LABEL} ----")


class Protection(enum.Enum):
    """What `Redactor.add` can promise for a value."""

    ANYWHERE = "anywhere"
    """Hidden wherever it occurs."""

    WORDS = "words"
    """Hidden only where no letter or digit stands directly before or after it: a short value."""

    COMMON = "common"
    """The same for a common word of any length, which everybody writes, and guesses."""

    GUESSED = "guessed"
    """Hidden wherever it occurs, but among the passwords that everybody tries first."""

    NONE = "none"
    """Not hidden in free text: too short, or a text that everybody writes."""

    BLANK = "blank"
    """Empty or white space: nothing to hide."""

    PUBLIC = "public"
    """Declared public by ``redact=False``."""

    @property
    def hides(self) -> bool:
        """Whether the value is hidden in free text at all."""
        return self in (Protection.ANYWHERE, Protection.GUESSED) or self.between_words

    @property
    def between_words(self) -> bool:
        """Whether the value is hidden only where no letter or digit is beside it."""
        return self in (Protection.WORDS, Protection.COMMON)

    @property
    def is_weak(self) -> bool:
        """Whether somebody should be told to choose another value."""
        return self in (
            Protection.WORDS,
            Protection.COMMON,
            Protection.GUESSED,
            Protection.NONE,
        )

    @property
    def weakness(self) -> str:
        """What is wrong with a value that gets this, as the end of a sentence; empty if nothing."""
        return _WEAKNESSES.get(self, "")


_WEAKNESSES = {
    Protection.WORDS: f"shorter than {ANYWHERE_LENGTH} characters: it can only be hidden where no"
    " letter or digit is beside it",
    Protection.COMMON: "a common word: it is easily guessed, and can only be hidden where no letter"
    " or digit is beside it",
    Protection.GUESSED: "one of those that everybody tries first",
    Protection.NONE: "too short or too common to be hidden in free text",
    Protection.BLANK: "blank",
}


class WeakSecret(ValueError):
    """A strict policy refused a value. Says the name of the secret, never the value."""

    def __init__(self, name: str, protection: Protection) -> None:
        """Keep the name (str) of the secret and the protection its value would get."""
        super().__init__(f"secret {name!r} is {protection.weakness}; use another value")
        self.name = name
        self.protection = protection


def protection_of(text: str) -> Protection:
    """Judge a text (str, of any length) that would be searched for as it stands."""
    text = text.strip()
    if not text:
        return Protection.BLANK
    if len(text) < WORDS_LENGTH or is_boilerplate(text):
        return Protection.NONE
    return Protection.ANYWHERE if len(text) > _LONGEST_COMMON else _protection_of_short(text)


def _protection_of_short(text: str) -> Protection:
    if is_literal(text):
        return Protection.NONE
    if text.lower() in COMMON_PASSWORDS:
        return Protection.GUESSED
    if is_common_word(text):
        return Protection.COMMON
    return Protection.ANYWHERE if len(text) >= ANYWHERE_LENGTH else Protection.WORDS


def is_literal(text: str) -> bool:
    """Return whether a text (str) is one of the values that all files say: true, null, ..."""
    return text.lower() in _LITERALS


def is_boilerplate(text: str) -> bool:
    """Whether a text (str) is a mask (``***``), a ruler (``-----``) or a PEM armour line."""
    if not text[:1].isalnum() and not text.strip(text[:1]):
        return True
    return not text.strip("*\u2022\u25cf") or _ARMOUR.fullmatch(text) is not None
