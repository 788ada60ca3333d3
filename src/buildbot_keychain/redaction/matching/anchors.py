"""Which piece of a pattern a scanner looks for: short, and rare in logs.

A pattern's anchor is chosen among its first bytes, so that what the end of a text cuts off before
the anchor is short. Patterns that share a piece, as the forms of one secret do, share the anchor.
"""

from __future__ import annotations

from collections.abc import Container

from buildbot_keychain.redaction.strength import USUAL_PAIRS

__all__ = ["ANCHOR", "anchor_of", "period_of", "rarest", "rarest_byte"]

ANCHOR = 6
"""The length of an anchor in bytes; a shorter pattern is its own anchor."""

REACH = 56
"""An anchor begins at most so many bytes after the pattern, if there is a diverse one there."""

FARTHEST = 256
"""It never begins more bytes after the pattern, so that few beginnings are without it."""

DIVERSE = 3
"""An anchor of fewer different bytes is chosen only if none is found that has so many.

Rulers and tables repeat one or two bytes, and such an anchor would stand at every place of them.
"""

# Bytes from the commonest to the rarest in folded build logs; what is not listed is rare.
_COMMON = b"etaonirslcdpmu/.-_0gh1bfv2ykw:x=3456789\"',()[]<>*+&;|{}%$#@!?\\jqz~^`"
_RARITY = bytes(_COMMON.index(byte) + 1 if byte in _COMMON else len(_COMMON) for byte in range(256))

# Of words and of numbers.
_COMMON_PAIRS = {pair.encode() for pair in USUAL_PAIRS} | {b"%02d" % pair for pair in range(100)}


def anchor_of(folded: bytes, known: Container[bytes] = ()) -> tuple[int, bytes]:
    """Return where the anchor of a folded pattern starts, and the anchor.

    A piece that is `known`, as the anchor of another pattern, is preferred; otherwise one that
    begins with rare bytes: scanners skip quickly over what cannot begin an anchor.
    """
    last = len(folded) - ANCHOR
    if last <= 0:
        return 0, folded
    for at in range(min(last, REACH) + 1):
        if folded[at : at + ANCHOR] in known:
            return at, folded[at : at + ANCHOR]
    diversity, at = _best(folded, 0, min(last, REACH))
    for start in range(REACH, min(last, FARTHEST), REACH):
        if diversity >= DIVERSE:
            break
        diversity, at = max(
            (diversity, at),
            _best(folded, start, min(last, start + REACH, FARTHEST)),
            key=lambda found: found[0],
        )
    return at, folded[at : at + ANCHOR]


def rarest(folded: bytes, first: int, last: int, size: int) -> int:
    """Return between two places where the best piece of a size (bytes) starts.

    That is one that does not begin as words and numbers do, if there is any: wherever two bytes
    stand that one of thousands begins with, scanners are slow. Then, one of letters and digits,
    which most forms leave as they are, and which begins with the rarest bytes; of equals the last.
    """
    begins = zip(*_begins(folded, first, last), range(first, last + 1), strict=False)
    found: dict[tuple[bool, bool], int] = {}
    for *_, at in sorted(begins, reverse=True):
        piece = folded[at : at + size]
        kind = piece[:2] not in _COMMON_PAIRS, piece.isalnum()
        if all(kind):
            return at
        found.setdefault(kind, at)
    return found[max(found)]


def rarest_byte(folded: bytes) -> int:
    """Return where in a folded text (bytes, not empty) the rarest byte stands first."""
    rarity = folded.translate(_RARITY)
    return rarity.index(max(rarity))


def _best(folded: bytes, first: int, last: int) -> tuple[int, int]:
    """Return the diversity and the place of the most diverse, then rarest, piece between two."""
    rarity = folded[first : last + ANCHOR].translate(_RARITY)
    begins = list(zip(*_begins(folded, first, last), strict=False))
    rarest = begins.index(max(begins))
    if _diversity(rarity[rarest : rarest + ANCHOR]) == DIVERSE:
        return DIVERSE, first + rarest
    diversity, _, at = max(
        (_diversity(rarity[at : at + ANCHOR]), begin, -at) for at, begin in enumerate(begins)
    )
    return diversity, first - at


def _begins(folded: bytes, first: int, last: int) -> tuple[bytes, bytes, bytes]:
    """Return how rare the first bytes are of the pieces that start between two places.

    That is said of all first bytes, of all second ones, and of all third ones.
    """
    rarity = folded[first : last + 3].translate(_RARITY) + b"\0\0\0"
    return rarity[: last - first + 1], rarity[1:], rarity[2:]


def _diversity(piece: bytes) -> int:
    return 1 if period_of(piece) else min(len(set(piece)), DIVERSE)


def period_of(anchor: bytes) -> int:
    """Return after how many bytes, at most half of it, an anchor repeats itself; 0 for never."""
    for period in range(1, len(anchor) // 2 + 1):
        if anchor.startswith(anchor[period:]):
            return period
    return 0
