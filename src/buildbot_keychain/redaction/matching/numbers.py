r"""Letters and digits beside a stretch of a list in which each byte is a number.

In ``63 68 72 6f 6f 74`` the word ``root`` is part of another, in ``5f 72 6f 6f 74 0a`` it is not.
The lists are those of `byte_lists`: dumps, and arrays of languages. Numbers that may be something
else, such as the offset of a dump or a time, are not taken for bytes; nor are those on other lines.
"""

from __future__ import annotations

import re

__all__ = ["BETWEEN", "has_ended", "is_alphanumeric_after", "is_alphanumeric_before"]

BETWEEN = 2
"""So many characters stand between two numbers, at most, apart from ``0x`` and ``\\x``."""

BEHIND = 12
"""So many bytes of text before a place say which number stands there."""

AHEAD = 8
"""The same behind a place, with what shows that the number has ended."""

_HEX = rb"[0-9A-Fa-f]{2}"
_NO_NUMBER = rb"(?<![\w:.,-])"
_BEFORE = {
    base: re.compile(rb"(?:" + expression + rb")\Z")
    for base, expression in (
        (
            16,
            rb"(%(hex)s)|%(alone)s(?:%(hex)s)?(%(hex)s) {1,2}|0x(%(hex)s),? ?|(%(hex)s):"
            % {b"hex": _HEX, b"alone": _NO_NUMBER},
        ),
        (10, _NO_NUMBER + rb"([0-9]{1,3})(?:,? |,)|,([0-9]{1,3}),"),
        (8, rb"\\([0-7]{3})|" + _NO_NUMBER + rb"([0-7]{3}) {1,2}"),
    )
}
_AFTER = {
    16: re.compile(
        rb"(?:\\x)?(%(hex)s)| {1,2}(%(hex)s)(?:%(hex)s)?(?!\w)|,? ?0x(%(hex)s)|:(%(hex)s)"
        % {b"hex": _HEX}
    ),
    10: re.compile(rb"(?:,? |,)([0-9]{1,3})(?![\w:.-])"),
    8: re.compile(rb"\\([0-7]{3})| {1,2}([0-7]{3})(?!\w)"),
}


def is_alphanumeric_before(text: bytes, at: int, base: int) -> bool | None:
    """Return whether the number before a place is that of a letter or digit of ASCII.

    None if there is no number.

    :param base: of the numbers: 16, 10 or 8.
    """
    return _is_alphanumeric(_BEFORE[base].search(text, max(0, at - BEHIND), at), base)


def is_alphanumeric_after(text: bytes, at: int, base: int) -> bool | None:
    """Return the same for the number behind a place."""
    return _is_alphanumeric(_AFTER[base].match(text, at), base)


def has_ended(text: bytes, at: int) -> bool:
    """Return whether more text cannot change what stands behind a place."""
    return len(text) - at >= AHEAD or b"\n" in text[at:]


def _is_alphanumeric(match: re.Match[bytes] | None, base: int) -> bool | None:
    if match is None:
        return None
    code = int(match[match.lastindex or 0], base)
    return code < 0x80 and chr(code).isalnum()  # noqa: PLR2004 - ASCII
