r"""Letters and digits beside a stretch of a list in which each byte is a number.

In ``63 68 72 6f 6f 74`` the word ``root`` is part of another, in ``5f 72 6f 6f 74 0a`` it is not.
The lists are those of `byte_lists`: dumps, and arrays of languages. What stands beside a stretch is
a byte of its list only if that is sure: it is written like the stretch, with the same separator,
and so is one more beside it, or an offset or a label is there. Anything else may be a count, a time
or a place in a file, as in ``pid 41 72 6f 6f 74``, and is none; nor is what is on other lines.
"""

from __future__ import annotations

import re
from typing import NamedTuple

__all__ = ["BETWEEN", "has_ended", "is_alphanumeric_after", "is_alphanumeric_before"]

BETWEEN = 2
"""So many characters stand between two numbers, at most, apart from ``0x`` and ``\\x``."""

BEHIND = 64
"""So many bytes of text before a place say which number stands there."""

AHEAD = 16
"""The same behind a place, with what shows that the number has ended."""

WITHIN = 16
"""So many bytes of a stretch say how it is written."""

LONG = 4
"""So many numbers with colons between them are no time and no place in a file."""

_HEX = rb"[0-9A-Fa-f]{2}"
_OCTAL = rb"[0-7]{3}"
_DECIMAL = rb"[0-9]{1,3}"
_BLANKS = rb" {1,2}"
_OFFSET = rb"^0[0-9A-Fa-f]{5,15}:? {1,3}"


class _Notation(NamedTuple):
    """A way to write lists of bytes."""

    first: re.Pattern[bytes]
    """What a stretch begins with that is written so."""
    last: re.Pattern[bytes]
    """What it ends with."""
    before: re.Pattern[bytes]
    """What stands before it if a byte of its list does; the group is the digits of that."""
    after: re.Pattern[bytes]
    """The same behind it."""


def _notation(
    first: bytes,
    last: bytes,
    number: bytes,
    between: bytes = b"",
    *,
    nearest: tuple[bytes, bytes] | None = None,
    edge: bytes = rb"\w:.-",
    least: int = 2,
) -> _Notation:
    """Return a way to write lists.

    :param first: what a stretch begins with; `last`: what it ends with.
    :param nearest: the number before it and the one behind it, if not just any.
    :param edge: what the outermost number that counts does not touch.
    :param least: so many numbers must be there.
    """
    sign, digits = (number[: -len(_HEX)], _HEX) if number.endswith(_HEX) else (b"", number)
    before, after = nearest or (sign + b"(%s)" % digits,) * 2
    before_it, behind_it = b"(?:%s%s)" % (number, between), b"(?:%s%s)" % (between, number)
    more, fewer = b"{%d}" % (least - 1), b"{0,%d}" % max(0, least - 2)
    return _Notation(
        re.compile(first),
        re.compile(b"(?:%s)\\Z" % last),
        re.compile(
            rb"(?:(?<![%s])%s|(?:%s|>(?:%s)?[^\w<>]{0,3})%s)%s%s\Z"
            % (edge, before_it + more, _OFFSET, _HEX, before_it + fewer, before, between),
            re.MULTILINE,
        ),
        re.compile(
            rb"%s%s(?:%s(?![%s])|%s[^\w<>]{0,3}(?:%s)?<)"
            % (between, after, behind_it + more, edge, behind_it + fewer, _HEX)
        ),
    )


def _with_sign(sign: bytes, between: bytes, blank: bytes = b"") -> _Notation:
    inside = between + (rb"\s+" if blank else b"") + sign
    first, last = sign + _HEX + inside + _HEX, _HEX + inside + _HEX
    return _notation(first, last, sign + _HEX, between + blank, edge=rb"\x00")


def _of_numbers(number: bytes, between: bytes, blank: bytes = b"") -> _Notation:
    inside = between + (rb"\s+" if blank else b"")
    first = rb"%s%s%s(?=\W)" % (number, inside, number)
    last = rb"(?<=\W)%s%s%s" % (number, inside, number)
    return _notation(first, last, number, between + blank)


_GROUP = _HEX + _HEX
_NOTATIONS = {
    16: (
        _notation(_HEX * 3, _HEX * 3, _HEX, edge=rb"\x00"),
        _with_sign(rb"\\x", b""),
        _with_sign(b"0x", b",", _BLANKS),
        _with_sign(b"0x", b"", _BLANKS),
        _notation(_HEX + b":" + _HEX, _HEX + b":" + _HEX, _HEX, b":", edge=rb"\w.-", least=LONG),
        _of_numbers(_HEX, b"", _BLANKS),
        _notation(
            _GROUP + rb"\s",
            rb"\s" + _GROUP,
            _GROUP,
            _BLANKS,
            nearest=(b"(?:%s)?(%s)" % (_HEX, _HEX), b"(%s)(?:%s)?" % (_HEX, _HEX)),
        ),
        # A half of a group stands at the edge, and the other beside it.
        _notation(_HEX + rb"\s+" + _GROUP, _GROUP + rb"\s+" + _HEX, _HEX, edge=rb"\w", least=1),
    ),
    10: tuple(
        _of_numbers(_DECIMAL, *between) for between in ((b",", _BLANKS), (b",",), (b"", _BLANKS))
    ),
    8: (
        _notation(
            rb"\\" + _OCTAL,
            rb"\\" + _OCTAL,
            rb"\\" + _OCTAL,
            nearest=(rb"\\(%s)" % _OCTAL,) * 2,
            edge=rb"\x00",
        ),
        _of_numbers(_OCTAL, b"", _BLANKS),
    ),
}


def is_alphanumeric_before(text: bytes, at: int, base: int) -> bool | None:
    """Return whether the number before a stretch that begins here is of a letter or digit of ASCII.

    None if there is no number of the list of which the stretch is.

    :param base: of the numbers: 16, 10 or 8.
    """
    for notation in _NOTATIONS[base]:
        if notation.first.match(text, at):
            return _is_alphanumeric(notation.before.search(text, max(0, at - BEHIND), at), base)
    return None


def is_alphanumeric_after(text: bytes, at: int, base: int) -> bool | None:
    """Return the same for the number behind a stretch that ends here."""
    for notation in _NOTATIONS[base]:
        if notation.last.search(text, max(0, at - WITHIN), at):
            return _is_alphanumeric(notation.after.match(text, at), base)
    return None


def has_ended(text: bytes, at: int) -> bool:
    """Return whether more text cannot change what stands behind a place."""
    return len(text) - at >= AHEAD or b"\n" in text[at:]


def _is_alphanumeric(match: re.Match[bytes] | None, base: int) -> bool | None:
    if match is None:
        return None
    code = int(match[match.lastindex or 0], base)
    return code < 0x80 and chr(code).isalnum()  # noqa: PLR2004 - ASCII
