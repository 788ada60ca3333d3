"""What is looked for, and the stretch of text that an occurrence of it takes.

Positions are bytes of the text as a reader sees it: control sequences have been removed before.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import NamedTuple

from buildbot_keychain.secretive import secretive

from .normalisation import BLANKS, Normalisation
from .numbers import BETWEEN, has_ended, is_alphanumeric_after, is_alphanumeric_before

__all__ = [
    "ANONYMOUS",
    "DIRECT",
    "LONGEST_AFTER",
    "Pattern",
    "Span",
    "alphanumeric_before",
    "bounded",
    "brackets",
    "first_masked",
    "may_hold_label",
]

ANONYMOUS = 1 << 40
"""Added to the index of a secret that was not given, whose label must not say which one it is."""

SHOWN = 4
"""A pattern cut by the host is shown until this many characters of it have passed."""

# Base64 has two signs at most, base32 six.
_ENCODED = [re.compile(rb"[A-Za-z0-9+/_-]{0,%d}={0,6}" % most) for most in range(3)]
LONGEST_AFTER = 8
"""So many bytes behind an occurrence may belong to it; before it, one."""

_PIECE = re.compile(rb"[^\n\r\b]+")
# In literals of programming languages and in addresses, where one ends: of a character, and of a
# control sequence, which begins with ESC (ECMA-48 section 5.4).
_WRITTEN_ESCAPE = re.compile(
    rb"(?:"
    rb"\\(?:[abefnrtvE]|[0-7]{1,3}|x[0-9A-Fa-f]{2}|u[0-9A-Fa-f]{4}|U[0-9A-Fa-f]{8})"
    rb"|%(?:25)?[0-9A-Fa-f]{2}"
    rb"|(?:\\(?:e|E|0?33|x1[bB]|u001[bB])|\^\[)\[[0-9;:]{0,24}[A-Za-z]"
    rb")\Z"
)
LONGEST_ESCAPE = 40
"""So many bytes of text before a place say whether an escape sequence ends there."""

DIRECT = 16
"""The base of numbers of which one may stand directly beside another."""


@secretive
class Pattern(NamedTuple):
    """One thing to look for."""

    secret: int
    """The index of the secret it stands for; `ANONYMOUS` is added where that was not given."""

    text: bytes
    """The normalised text to look for."""

    normalisation: Normalisation = Normalisation.EXACT
    words: bool = False
    """Whether an occurrence counts only between non-alphanumerics."""

    before: bytes = b""
    """Characters of which one, directly before an occurrence, belongs to it."""

    after: int = 0
    """So many base64 or base32 characters, and padding, right behind an occurrence belong to it."""

    base: int = 0
    """The base of the numbers that it consists of, each for a byte, between those of others.

    Whether one of these is a non-alphanumeric is judged for `words`. 0: it consists of characters.
    """

    def __repr__(self) -> str:
        return f"<Pattern of the secret {self.secret}>"

    @property
    def is_word(self) -> bool:
        """Whether it is a short value as it stands, of which no piece is hidden."""
        return self.words and not self.base

    @property
    def reach(self) -> int:
        """How near to an occurrence a letter or digit would undo it, in characters."""
        return self.words and 1 + (BETWEEN if self.base else 0)


class Span(NamedTuple):
    """An occurrence: the bytes from start to end, of a secret."""

    start: int
    end: int
    secret: int
    words: int
    """How near to it a letter or digit would undo it, in characters; 0 if none would."""

    final: bool
    """Whether more text cannot change it."""

    shown: int = 0
    """How many bytes before it are part of the occurrence as well, and are shown."""

    @property
    def is_word(self) -> bool:
        """Whether it is a short value as it stands, of which no piece is hidden."""
        return self.words == 1

    @property
    def is_certain(self) -> bool:
        """Whether all of it is covered, whatever stands beside it or comes."""
        return self.final and not (self.words or self.shown)


def bounded(text: bytes, start: int, end: int, pattern: Pattern, *, final: bool) -> Span | None:
    """Return the span of an occurrence with what belongs to it; None if it is part of a word.

    `final` says that nothing follows the text.
    """
    if pattern.before and start and text[start - 1] in pattern.before:
        start -= 1
    certain = True
    if pattern.after:
        match = _ENCODED[pattern.after].match(text, end)
        end = match.end() if match else end
        certain = final or end < len(text)
    if pattern.words:
        if alphanumeric_before(text, start, pattern.base):
            return None
        ended = has_ended(text, end) if pattern.base else _is_whole(text, end)
        certain = final or (certain and ended)
        if (certain or not pattern.base) and _alphanumeric_after(text, end, pattern.base):
            return None
    return Span(start, end, pattern.secret, pattern.reach, certain)


def first_masked(
    text: bytes, start: int, end: int, *, blanks_count: bool = True, grows: bool = False
) -> int:
    """Return where the masked part of a pattern begins whose beginning the host may have cut off.

    Pieces are shown until `SHOWN` characters have passed, with or without blanks. If it `grows`,
    being the beginning of a pattern at the end of the text, its last piece counts as long enough.
    """
    first = start + 4 * SHOWN
    if blanks_count and first <= end and _PIECE.fullmatch(text, start, first):
        return start
    passed = 0
    for piece in _PIECE.finditer(text, start, end):
        shown = piece[0] if blanks_count else piece[0].translate(None, BLANKS)
        passed += sum(byte & 0xC0 != 0x80 for byte in shown[: 4 * SHOWN])  # noqa: PLR2004 - UTF-8
        if passed >= SHOWN or (grows and piece.end() == end):
            return piece.start()
    return end


def alphanumeric_before(text: bytes, at: int, base: int = 0) -> bool:
    r"""Return whether a letter or digit stands directly before a place in a text (bytes).

    One that ends an escape sequence, as in ``\n`` or ``%3D`` or ``\x1b[31m``, is none. If it has a
    `base`, the place is in a list of bytes.
    """
    if base:
        number = is_alphanumeric_before(text, at, base)
        if number is not None or base == DIRECT:
            return bool(number)
    if not text[max(0, at - 4) : at].decode("utf-8", "replace")[-1:].isalnum():
        return False
    return _WRITTEN_ESCAPE.search(text, max(0, at - LONGEST_ESCAPE), at) is None


def _is_whole(text: bytes, at: int) -> bool:
    """Return whether the character (UTF-8) at a place is complete, not cut off by the end."""
    lead = text[at] if at < len(text) else 0xFF
    size = 1 + (lead >= 0xC0) + (lead >= 0xE0) + (lead >= 0xF0)  # noqa: PLR2004 - RFC 3629
    return at + size <= len(text)


def _alphanumeric_after(text: bytes, at: int, base: int) -> bool:
    if base:
        number = is_alphanumeric_after(text, at, base)
        if number is not None or base == DIRECT:
            return bool(number)
    return text[at : at + 4].decode("utf-8", "replace")[:1].isalnum()


def may_hold_label(text: bytes) -> bool:
    """Return whether the text of a pattern may hold a label, or begin inside of one."""
    return b"<" in text or b">" in text


def brackets(patterns: Iterable[Pattern]) -> list[tuple[bytes, int]]:
    """List with what patterns begin that may begin inside of a label, and the size of it all."""
    return [
        (text[: text.index(b">") + 1], pattern.normalisation.longest(text))
        for pattern in patterns
        if b">" in (text := pattern.text)
    ]
