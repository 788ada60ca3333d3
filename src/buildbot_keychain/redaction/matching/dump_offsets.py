"""Offsets of lines of dumps, which go on from line to line in base 16, 10 or 8.

What stands there but does not go on is no offset, such as a value before a number: without that
value the line would be none of the dump's.
"""

from __future__ import annotations

import re

__all__ = ["REPEATED", "goes_on", "offset"]

REPEATED = b"*"
"""What stands before an offset behind which lines are left out that are like it."""

FARTHEST = 512
"""So far at most is an offset from the one before, in bytes."""

_OFFSET = re.compile(rb"(?: \| )?([0-9A-Fa-f]+)")
_DIGITS = {10: re.compile(rb"[0-9]+"), 8: re.compile(rb"[0-7]+")}


def offset(line: bytes) -> bytes:
    """Return the digits of the offset of a dump's line (bytes) that has nothing before it."""
    match = _OFFSET.match(line)
    return match[1] if match else b""


def goes_on(before: bytes, offset: bytes) -> bool:
    """Return whether an offset (digits) can be the one behind another."""
    repeated = before.startswith(REPEATED)
    before = before.removeprefix(REPEATED)
    if _is_behind(int(before, 16), int(offset, 16), repeated=repeated):
        return True
    return any(
        _is_behind(int(before, base), int(offset, base), repeated=repeated)
        for base, digits in _DIGITS.items()
        if digits.fullmatch(before) and digits.fullmatch(offset)
    )


def _is_behind(before: int, offset: int, *, repeated: bool) -> bool:
    return offset > before and (repeated or offset - before <= FARTHEST)
