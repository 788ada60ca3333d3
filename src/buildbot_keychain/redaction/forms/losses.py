"""A value that has lost what a program takes for no part of it: case, or padding."""

from __future__ import annotations

import re
from collections.abc import Iterator

from buildbot_keychain.redaction.strength import OPEN_BITS, bits

from .spellings import Spelling

__all__ = ["other_case", "without_padding"]

_PADDED = re.compile(r"((?=.*[0-9])(?=.*[a-z])(?=.*[A-Z])[A-Za-z0-9+/_-]{14,})={1,2}")
_LOWER_DIGITS = re.compile("[0-9a-f-]{16,}")
_DIGITS_TOGETHER = 4


def other_case(value: str) -> Iterator[Spelling]:
    """In lower case, as what takes it for a host or an option prints it: wget, ssh, browsers.

    Hexadecimal digits and UUIDs in upper case as well. Words are written in any case; this is for
    one that nobody could guess.
    """
    for text in (value, *without_padding(value)):
        other = text.upper() if _LOWER_DIGITS.fullmatch(text) else text.lower()
        if other != text and len(text.split()) == 1 and bits(other) >= OPEN_BITS:
            yield Spelling(other, given_only=True)


def without_padding(value: str) -> Iterator[str]:
    """Base64 without the ``=`` at its end, as what takes that for a sign prints it: ``cut -d=``.

    A name with no value behind the sign is none.
    """
    match = _PADDED.fullmatch(value)
    if match and len(value) % _DIGITS_TOGETHER == 0:
        yield match[1]
