"""The bytes of a value as digits: hexadecimal, base64, and lists of numbers."""

from __future__ import annotations

import base64
import itertools
import re
from collections.abc import Iterator

from buildbot_keychain.redaction.protection import ANYWHERE_LENGTH

from .spellings import Spelling

__all__ = [
    "base32_text",
    "base64_text",
    "byte_lists",
    "hexadecimal",
    "utf16",
    "whole_base64",
    "wrapped_lines",
]

LARGEST_LISTED = 4096
"""Of values with more bytes no lists of numbers are looked for."""

LARGEST_IN_ALL_LISTS = 2560
"""Of values with more bytes only the commonest lists are."""


_WRAPPED_DIGITS = 32


def hexadecimal(value: str) -> Iterator[Spelling]:
    """The UTF-8 bytes as hexadecimal digits (RFC 4648 section 8), in one case or the other.

    ``xxd -p`` cuts many of them into lines.
    """
    digits = value.encode("utf-8", "surrogatepass").hex()
    # Fewer may be numbers of lines.
    wraps = len(digits) >= _WRAPPED_DIGITS
    yield Spelling(digits, wraps=wraps, base=16)
    yield Spelling(digits.upper(), wraps=wraps, base=16)


def byte_lists(value: str) -> Iterator[Spelling]:
    r"""The bytes one by one, or two by two: dumps of them, and arrays of languages.

    ``68 75 6e`` (``<Buffer 68 75 6e>``, od, hexdump), ``68:75:6e`` (openssl), ``6875 6e`` (xxd),
    ``\x68\x75`` (C), ``0x68, 0x75``; decimal and octal. A line end, with indentation, may stand
    where a blank does, if the value is long.
    """
    data = value.encode("utf-8", "surrogatepass")
    # Numbers of lines and the like are sequences.
    sequence = len({after - before for before, after in itertools.pairwise(data)}) <= 1
    if sequence or len(data) > LARGEST_LISTED:
        return
    blank = "\n" if len(data) >= ANYWHERE_LENGTH else " "
    both = [[f"{byte:{digits}}" for byte in data] for digits in ("02x", "02X")]
    numbers = [list(map(str, data))]
    if not value.isascii():  # Java's have a sign
        numbers.append([str(byte - (byte >> 7 << 8)) for byte in data])
    hexadecimal_lists = [
        *(
            text
            for each in both
            for text in (
                blank.join(each),
                ":".join(each),
                "\\x" + "\\x".join(each),
                "0x" + f",{blank}0x".join(each),
            )
        ),
        "0x" + f"{blank}0x".join(both[0]),
        *(blank.join(_pairs(data.hex(), first)) for first in (2, 4)),
    ]
    octal = [f"{byte:03o}" for byte in data]
    octal_lists = [blank.join(octal), "\\" + "\\".join(octal)]
    if len(data) > LARGEST_IN_ALL_LISTS:
        hexadecimal_lists, octal_lists = [blank.join(both[0])], []
    lists = {
        16: hexadecimal_lists,
        10: [between.join(each) for each in numbers for between in (f",{blank}", ",", blank)],
        8: octal_lists,
    }
    for base, texts in lists.items():
        for text in dict.fromkeys(texts):
            yield Spelling(text, given_only=True, base=base)


def _pairs(digits: str, first: int) -> list[str]:
    """Return hexadecimal digits in groups of four, behind one of `first`."""
    return [digits[:first], *re.findall(".{1,4}", digits[first:])]


_ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"


def base64_text(value: str) -> Iterator[Spelling]:
    """Base64 and base64url (RFC 4648 sections 4 and 5) at all three offsets in a longer text.

    Every character that carries a bit of the value belongs to the match: the text looked for is
    what the value alone decides, and the character on either side of it, which the value shares
    with its neighbour, is taken in when it is there.
    """
    return _base64_of(value.encode("utf-8", "surrogatepass"))


def _base64_of(data: bytes, *, given_only: bool = False) -> Iterator[Spelling]:
    for offset in (0, 1, 2):
        encoded = base64.b64encode(b"\0" * offset + data).decode("ascii")
        first = -(-offset * 8 // 6)  # the first character of value's bits alone
        last = (offset + len(data)) * 8 // 6  # one past the last such character
        # Of the shared character before, the value decides the low bits: 4 of them, or 2.
        own = _ALPHABET.index(encoded[first - 1]) if offset else 0
        free = 6 - (4 if offset == 1 else 2)
        before = (
            "".join(_ALPHABET[own | bits << (6 - free)] for bits in range(1 << free))
            if offset
            else ""
        )
        after = int((offset + len(data)) % 3 != 0)
        core = encoded[first:last]
        for text, beside in ((core, before), (_url_safe(core), _url_safe(before))):
            yield Spelling(text, before=beside, after=after, wraps=True, given_only=given_only)


def base32_text(value: str) -> Iterator[Spelling]:
    """Base32 (RFC 4648 section 6) of the value alone or before other bytes, also in lower case.

    At the other four offsets in a longer text it is not looked for.
    """
    data = value.encode("utf-8", "surrogatepass")
    own = len(data) * 8 // 5  # characters that the value alone decides
    text = base64.b32encode(data).decode("ascii")[:own]
    for digits in (text, text.lower()):
        yield Spelling(digits, after=int(len(data) % 5 != 0), wraps=True, given_only=True)


def whole_base64(value: str) -> Iterator[str]:
    """Base64 of the value alone, and with a line end: for what is written in digits once more."""
    data = value.encode("utf-8", "surrogatepass")
    for end in (b"", b"\n"):
        yield base64.b64encode(data + end).decode("ascii")


def _url_safe(text: str) -> str:
    return text.replace("+", "-").replace("/", "_")


def utf16(value: str) -> Iterator[Spelling]:
    """UTF-16, and its base64 and hexadecimal digits: PowerShell's ``-EncodedCommand``, .NET.

    The zero bytes at the ends are left out, so that for ASCII both byte orders give the same. As it
    is, in files and dumps of them, only ASCII is looked for: the rest is no text in UTF-8.
    """
    if len(value) > LARGEST_LISTED:
        return
    if value.isascii() and len(value) >= ANYWHERE_LENGTH:
        yield Spelling("\0".join(value), given_only=True)
    for encoding in ("utf-16-le", "utf-16-be"):
        data = value.encode(encoding, "surrogatepass").strip(b"\0")
        if not data:
            continue
        yield from _base64_of(data, given_only=True)
        for digits in (data.hex(), data.hex().upper()):
            yield Spelling(digits, wraps=True, given_only=True)


_WIDTHS = ((76, 57), (64, 48))
"""Characters in a line, and bytes: MIME (RFC 2045) and GNU `base64`; PEM (RFC 7468)."""
_HEX_WIDTH = 30
"""Bytes in a line of ``xxd -p``."""
_LONGEST_DUMPED = 4096
"""Bytes up to which that is looked for."""


def wrapped_lines(value: str) -> Iterator[Spelling]:
    """The lines of base64 and hexadecimal digits on their own, which may each have a prefix.

    Of a whole value, as these programs print it: time stamps, the ``+`` of a diff, or a number may
    stand before each line.
    """
    data = value.encode("utf-8", "surrogatepass")
    lines = [
        encoded[at : at + width]
        for width, size in _WIDTHS
        if len(data) > size
        for encoded in (base64.b64encode(data).decode("ascii"),)
        for at in range(0, len(encoded), width)
    ]
    if _HEX_WIDTH < len(data) <= _LONGEST_DUMPED:
        lines += [data[at : at + _HEX_WIDTH].hex() for at in range(0, len(data), _HEX_WIDTH)]
    for line in lines:
        if len(text := line.rstrip("=")) >= ANYWHERE_LENGTH:
            yield Spelling(text, given_only=True)
