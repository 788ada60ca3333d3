"""Normalisations: what may stand between the characters of a secret without hiding it.

A key printed by an unquoted shell variable has blanks for line ends; base64 comes in lines of 76
characters; a host that rewrites carriage returns leaves line ends inside a password; ``%2F`` is
``%2f`` as well. A pattern occurs where the *normalised* text equals the normalised value.

Normalising every stretch of a text would be slow, so candidates come from one cheap view of the
whole text, the *folded* text: white space and backspaces left out, ASCII letters in lower case. Two
texts with the same normalised form have the same folded form, so nothing is missed, and every
candidate is then normalised and compared.

Every normalisation obeys one law, on which holding back relies: the normalised beginning of an
occurrence is a prefix of the normalised pattern.
"""

from __future__ import annotations

import enum
import re
from collections.abc import Callable

__all__ = ["BLANKS", "DROPPED", "NORMALISATIONS", "NUMBERS", "Normalisation", "fold"]

GAP = 64
"""The longest run of white space, in characters, that a line end of a value may match."""

CUTS = 4
"""The longest run of line ends, in characters, that may have been put inside a secret."""

CELL = 16
"""The longest run of white space, in characters, between two characters in columns."""

BLANKS = b" \t\n\r\v\f"
"""White space."""

DROPPED = BLANKS + b"\b"
"""What folding leaves out."""

_LOWER = bytes(range(256)).lower()

_GAPS = re.compile(rb"[ \t\n\r\v\f]+")
_BLANKS_ON_A_LINE = re.compile(rb"[ \t\v\f]+")
_GAPS_AND_CUTS = re.compile(rb"[ \t\n\r\v\f\b]+")
_CUTS = re.compile(rb"[\n\r\b]+")
_LINES = re.compile(rb"[\r\n][ \t\r\n]*")
_LOWER_PERCENT = re.compile(rb"%(?:[a-f][0-9A-Fa-f]?|[0-9A-F][a-f])")
_CUT_LINES = re.compile(rb"[\n\r\b][ \t\n\r\b]*")
_CELL = rb"(?:\\[0abfnrtv]|[0-7]{3}|[!-~])"
_BETWEEN = rb"[ \t\n\r\v\f]{1,%d}" % CELL
# The last number may be unfinished.
_CELLS = re.compile(
    rb"(?:%(blank)s)?(?:%(cell)s(?:%(blank)s%(cell)s)*(?:%(blank)s[0-7]{2})?(?:%(blank)s)?)?"
    % {b"blank": _BETWEEN, b"cell": _CELL}
)
_ONLY_CUTS = b"\n\r\b"
_GAPS_SEEN, _GAPS_AND_CUTS_SEEN, _CUTS_SEEN = (
    bytes.maketrans(each, b"\n" * len(each)) for each in (BLANKS, DROPPED, _ONLY_CUTS)
)
"""Tables that make a line end of each byte of one kind, so that runs of them are found."""


def fold(data: bytes) -> bytes:
    """Return the folded form of data (bytes)."""
    return data.translate(_LOWER, DROPPED)


def _has_run(data: bytes, seen: bytes, longest: int) -> bool:
    """Return whether there is a longer run of the bytes that a table makes line ends of."""
    return b"\n" * (longest + 1) in data.translate(seen)


def _collapse(data: bytes, longest: int = GAP) -> bytes:
    """Replace each run of white space, but those that are longer, by one blank."""
    if not _has_run(data, _GAPS_SEEN, longest):
        return _with_single_blanks(data)
    return _GAPS.sub(lambda run: b" " if len(run[0]) <= longest else run[0], data)


def _with_single_blanks(data: bytes) -> bytes:
    words = b" ".join(data.split())
    return b" " * data[:1].isspace() + words + b" " * (data[-1:].isspace() and words != b"")


def _collapse_on_a_line(data: bytes) -> bytes:
    """Replace each run of white space by one blank, but leave line ends."""
    return _BLANKS_ON_A_LINE.sub(lambda run: b" " if len(run[0]) <= GAP else run[0], data)


def _unwrap(data: bytes) -> bytes:
    """Remove line ends, and the indentation after them."""
    if b"\n" not in data and b"\r" not in data:
        return data
    if not _has_run(data, _GAPS_SEEN, GAP):
        return _LINES.sub(b"", data)
    return _LINES.sub(lambda run: b"" if len(run[0]) <= GAP else run[0], data)


def _upper_percent(data: bytes) -> bytes:
    """Write the hexadecimal digits of percent-encoding in upper case."""
    if b"%" not in data:
        return data
    return _LOWER_PERCENT.sub(lambda escape: escape[0].upper(), data)


def _join(data: bytes) -> bytes:
    """Remove the line ends and backspaces that a host may have put there."""
    if not _has_run(data, _CUTS_SEEN, CUTS):
        return data.translate(None, _ONLY_CUTS)
    return _CUTS.sub(lambda run: b"" if len(run[0]) <= CUTS else run[0], data)


def _join_upper_percent(data: bytes) -> bytes:
    return _upper_percent(_join(data))


def _join_unwrap(data: bytes) -> bytes:
    """Remove line ends, with the indentation after them, and backspaces."""
    if not _has_run(data, _GAPS_AND_CUTS_SEEN, GAP):
        indented = b" " in data or b"\t" in data
        return _CUT_LINES.sub(b"", data) if indented else data.translate(None, _ONLY_CUTS)
    return _CUT_LINES.sub(lambda run: b"" if len(run[0]) <= GAP else run[0], data)


def _join_collapse(data: bytes) -> bytes:
    """Remove all white space, since a cut may stand anywhere and a gap may have become one."""
    if not _has_run(data, _GAPS_AND_CUTS_SEEN, GAP):
        return data.translate(None, DROPPED)
    return _GAPS_AND_CUTS.sub(lambda run: b"" if len(run[0]) <= GAP else run[0], data)


def _from_cells(data: bytes) -> bytes:
    """Replace each run of white space by one blank, if there is one between each two characters.

    A backslash and a letter, or a number of ``od``, count as one.
    """
    return _with_single_blanks(data) if _CELLS.fullmatch(data) else data


def _collapse_cells(data: bytes) -> bytes:
    """Replace each run of white space by one blank that may be between two characters in cells."""
    return _collapse(data, CELL)


class Normalisation(enum.Enum):
    """What a pattern disregards in a text."""

    EXACT = "exact"
    COLLAPSED = "collapsed"
    ON_A_LINE = "collapsed on a line"
    UNWRAPPED = "unwrapped"
    PERCENT = "percent"
    JOINED = "joined"
    JOINED_PERCENT = "joined percent"
    JOINED_UNWRAPPED = "joined and unwrapped"
    JOINED_COLLAPSED = "joined and collapsed"
    SPACED = "one character in each cell"

    # There is one object of each; that of the values, in Python, would be asked for each candidate.
    __hash__ = object.__hash__

    def __call__(self, data: bytes) -> bytes:
        """Return data (bytes) without what is disregarded."""
        return self.function(data)

    @property
    def function(self) -> Callable[[bytes], bytes]:
        """What a call does."""
        return _FUNCTIONS[self]

    @property
    def everywhere(self) -> Callable[[bytes], bytes]:
        """What a call does, also to a text of which only parts could be occurrences."""
        return _collapse_cells if self is Normalisation.SPACED else self.function

    @property
    def cuts(self) -> bool:
        """Whether the host may have cut the text, so that little pieces are let through."""
        return self in _CUT

    @property
    def blanks_count(self) -> bool:
        """Whether blanks count as characters where it is judged what is a little piece."""
        return self is not Normalisation.SPACED

    def longest(self, text: bytes) -> int:
        """Return how many bytes an occurrence of a text (bytes) may take, at most."""
        if self in {Normalisation.EXACT, Normalisation.PERCENT}:
            return len(text)
        if self in {Normalisation.COLLAPSED, Normalisation.ON_A_LINE}:
            return len(text) + GAP * text.count(b" ")
        if self is Normalisation.SPACED:
            return len(text) * (1 + CELL)
        cuts = CUTS if self in {Normalisation.JOINED, Normalisation.JOINED_PERCENT} else GAP
        return len(text) * (1 + cuts)

    def through_cuts(self) -> Normalisation:
        """Return the same normalisation for a text into which a host put line ends."""
        return _THROUGH_CUTS.get(self, self)


NORMALISATIONS = tuple(Normalisation)
"""All of them. By their numbers here they are packed, as `marshal` takes none of them."""

NUMBERS = {normalisation: number for number, normalisation in enumerate(NORMALISATIONS)}
"""Those numbers."""

_FUNCTIONS: dict[Normalisation, Callable[[bytes], bytes]] = {
    Normalisation.EXACT: lambda data: data,
    Normalisation.COLLAPSED: _collapse,
    Normalisation.ON_A_LINE: _collapse_on_a_line,
    Normalisation.UNWRAPPED: _unwrap,
    Normalisation.PERCENT: _upper_percent,
    Normalisation.JOINED: _join,
    Normalisation.JOINED_PERCENT: _join_upper_percent,
    Normalisation.JOINED_UNWRAPPED: _join_unwrap,
    Normalisation.JOINED_COLLAPSED: _join_collapse,
    Normalisation.SPACED: _from_cells,
}
_CUT = frozenset(
    {
        Normalisation.UNWRAPPED,
        Normalisation.JOINED,
        Normalisation.JOINED_PERCENT,
        Normalisation.JOINED_UNWRAPPED,
        Normalisation.JOINED_COLLAPSED,
        Normalisation.SPACED,
    },
)
_THROUGH_CUTS = {
    Normalisation.EXACT: Normalisation.JOINED,
    Normalisation.PERCENT: Normalisation.JOINED_PERCENT,
    Normalisation.UNWRAPPED: Normalisation.JOINED_UNWRAPPED,
    Normalisation.COLLAPSED: Normalisation.JOINED_COLLAPSED,
}
