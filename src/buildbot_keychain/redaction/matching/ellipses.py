"""Ellipses in a text: where one stands, and where its end may become one.

pytest and Python's `reprlib` leave out the middle, strace, Node, Perl and MySQL the end, psql
either; git has two dots, systemd and user interfaces the character of that name. Two dots before a
slash are none of these. unittest writes ``[309 chars]`` in the middle and ``[truncated]...`` at the
end, `textwrap.shorten` ``[...]``; jq has half a character before the dots.
"""

from __future__ import annotations

import re

__all__ = [
    "BETWEEN",
    "ELLIPSES",
    "LONGEST",
    "SHORTEST",
    "UNFINISHED",
    "Ellipses",
    "ellipses_in",
    "may_be_unfinished",
    "together",
]

SHORTEST = 8
"""Characters of the shortest piece that is looked for beside an ellipsis."""

ELLIPSES = (b"..", "…".encode(), b"chars]")
"""One of them stands in a folded text that holds an ellipsis."""

LONGEST = 20
"""Bytes of the longest ellipsis and of what may stand between it and a piece."""

Ellipses = list[tuple[int, int]]
"""Where they start and end."""

BETWEEN = re.compile(rb"(?:[\"'`]| ?\[|\xef\xbf\xbd| \[truncated\])\Z")
"""What may stand between a piece and the ellipsis behind it."""

UNFINISHED = re.compile(
    rb"(?:\.|\xe2\x80?|\xef\xbf?|\[[0-9]{1,9}(?: (?:c(?:h(?:a(?:rs?)?)?)?)?)?|"
    rb" (?:\[(?:t(?:r(?:u(?:n(?:c(?:a(?:t(?:ed?)?)?)?)?)?)?)?)?)?)?\Z"
)
"""What may become an ellipsis, at the end of a text."""

# They begin with a literal, which is found quickly; a look behind it would not be.
_DOTS = re.compile(rb"\.\.+/?")
_ELLIPSIS = re.compile(rb"\.\.+/?|\xe2\x80\xa6|\[[0-9]{1,9} chars\]")
_SLASH = ord("/")


def ellipses_in(data: bytes, low: int = 0) -> Ellipses:
    """Return where, from a place on, ellipses start and end in a text (bytes)."""
    rest = data[low:]
    # Its first byte alone is found much more quickly.
    is_there = (ELLIPSES[1][0] in rest and ELLIPSES[1] in rest) or ELLIPSES[2] in rest
    places = [match.span() for match in (_ELLIPSIS if is_there else _DOTS).finditer(rest)]
    if places and (low or b"../" in rest):
        return [(low + start, low + end) for start, end in places if rest[end - 1] != _SLASH]
    return places


def together(ellipses: Ellipses) -> Ellipses:
    """Return ellipses, those as one between which there is no room for a piece; not the last."""
    found: Ellipses = []
    end = -SHORTEST
    for each in ellipses[:-1]:
        if each[0] - end >= SHORTEST:
            found.append(each)
        else:
            found[-1] = found[-1][0], each[1]
        end = each[1]
    return found + ellipses[-1:]


def may_be_unfinished(data: bytes) -> bool:
    """Return whether the end of a text (bytes) may begin an ellipsis, or stand before one."""
    if data[-1:] == b"\n":
        return False
    tail = data[-LONGEST:]
    begun = UNFINISHED.search(tail)
    return (begun is not None and begun[0] != b"") or BETWEEN.search(tail) is not None
