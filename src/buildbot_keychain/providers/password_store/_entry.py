"""`Entry`: the text of a decrypted entry, and what a name can ask for in it. Pure.

The first line is the password. Lines such as ``user: alice`` below it are fields, and so are those
of the YAML that gopass puts below ``---`` (pass(1), "Description"; gopass, docs/secrets.md). Fields
are of one line: YAML is not parsed, and one that goes on in the next lines is an error.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from urllib.parse import quote

from buildbot_keychain.providers.password_store._one_time import OneTimeCodeError
from buildbot_keychain.secretive import secretive

WHOLE = "*"
"""The field that stands for the whole entry, exactly as it is."""

ONE_TIME = "otp"
"""The field that stands for the current code of the entry's ``otpauth://`` line."""

TOTP = "totp"
"""The field in which gopass looks for an ``otpauth://`` URI, or the key in base32."""

_LINE_END = re.compile(r"\r?\n|\r")
_YAML_BEGINS = "---"
_BLOCK = re.compile(r"[|>][-+0-9]*(?:[ \t]+#.*)?")
_GOPASS_MIME = "GOPASS-SECRET-1.0"


class FieldOfSeveralLines(ValueError):
    """A field that is a block or a list of YAML; the message says what to do."""


@secretive
@dataclass(frozen=True, repr=False)
class Entry:
    """A decrypted entry.

    :param text: the whole entry.
    :param code: the one-time code at the time of the decryption; ``None`` without a usable
        ``otpauth://`` line or field `TOTP`.
    :param code_problem: why that gives no code; empty without it.
    """

    text: str
    code: str | None = None
    code_problem: str = ""

    def value(self, field: str | None) -> str | None:
        """Return what a name asks for: the password, or `field`; ``None`` where it is missing.

        :raise OneTimeCodeError: for `ONE_TIME`, when the ``otpauth://`` line gives no code.
        :raise FieldOfSeveralLines: when the field is not one line.
        """
        if field is None:
            return self._lines()[0]
        if field == WHOLE:
            return self.text
        if field == ONE_TIME:
            if self.code_problem:
                raise OneTimeCodeError(self.code_problem)
            return self.code
        return self._field(field)

    def has_header(self) -> bool:
        """Return whether a header of gopass 1.10 to 1.12 stands where the password should."""
        return self._lines()[0] == _GOPASS_MIME

    def one_time_uri(self) -> str | None:
        """Return the URI of one-time codes, or ``None`` where there is none.

        It is the first line that is an ``otpauth://`` URI, or else what the field `TOTP` holds.
        """
        lines = (line.strip() for line in self._lines())
        found = next(filter(_is_one_time_uri, lines), None)
        if found is not None:
            return found
        field = next((value for name, value, _ in self._fields() if name == TOTP), None)
        if not field or _is_one_time_uri(field):
            return field or None
        return f"otpauth://totp/?secret={quote(field, safe='')}"

    def _field(self, name: str) -> str | None:
        """Return the text after ``name:`` in the first such line below the password, stripped."""
        for key, value, goes_on in self._fields():
            if key == name:
                if goes_on:
                    problem = "is a block or a list of YAML; ask for the whole entry with '|*'"
                    raise FieldOfSeveralLines(problem)
                return value
        return None

    def _fields(self) -> Iterator[tuple[str, str, bool]]:
        """Yield the name and the text of each field, and whether it is only a part of it."""
        is_yaml = False
        for line, following in pairwise([*self._lines()[1:], ""]):
            is_yaml = is_yaml or line.rstrip() == _YAML_BEGINS
            key, colon, value = line.partition(":")
            if colon:
                text = value.strip()
                yield key.strip(), text, _goes_on(line, text, following, is_yaml=is_yaml)

    def _lines(self) -> list[str]:
        return _LINE_END.split(self.text)


def _is_one_time_uri(text: str) -> bool:
    return text.lower().startswith("otpauth://")


def _goes_on(line: str, text: str, following: str, *, is_yaml: bool) -> bool:
    """Return whether the value of a field is a block or a list of YAML.

    Outside of YAML, a ``|`` may be the value, and what is indented may be anything.

    :param text: what follows the colon.
    """
    if is_yaml and (_BLOCK.fullmatch(text) or text.startswith(("[", "{"))):
        return True
    is_deeper = _indent(following) > _indent(line) and bool(following.strip())
    is_item = following.lstrip().startswith("- ") and _indent(following) >= _indent(line)
    if not text:
        return is_deeper or is_item
    return is_deeper and (is_yaml or _BLOCK.fullmatch(text) is not None)


def _indent(line: str) -> int:
    return len(line) - len(line.lstrip(" \t"))
