"""Which piece of a key a scanner looks for: short, and rare in logs."""

from __future__ import annotations

__all__ = ["ANCHOR", "anchor_of"]

ANCHOR = 5
"""The length of an anchor in bytes."""

SHORT_ANCHOR = 3
"""The length of the anchor of a key of fewer than `SHORT_KEY` bytes, where there is less choice."""

SHORT_KEY = 16

DIVERSE = 3
"""An anchor of fewer different bytes is chosen only if none is found that has so many.

Rulers and tables repeat one or two bytes, and such an anchor would stand at every place of them.
"""

# Bytes from the commonest to the rarest in build logs; what is not listed is rare.
_COMMON = (
    b" etaonirslcdpmu/.-_0gh1bfv2ykw:x=3456789\"',()[]\t\n"
    b"CTSEAIRNODLPMBFUHG<>GV*+&;|{}%$#@!?\\WYKjqzXJZQ~^`"
)
_RARITY = bytes(_COMMON.index(byte) + 1 if byte in _COMMON else len(_COMMON) for byte in range(256))


def anchor_of(key: bytes) -> tuple[int, bytes]:
    """Where the anchor of a key starts, and the anchor: a piece that begins with rare bytes.

    Scanners skip quickly over what cannot begin an anchor.
    """
    size = ANCHOR if len(key) >= SHORT_KEY else SHORT_ANCHOR
    if len(key) <= size:
        return 0, key
    last = len(key) - size
    rarity = key.translate(_RARITY)
    rarest = max(rarity[: last + 1])
    places = []
    at = rarity.find(rarest, 0, last + 1)
    while at >= 0:
        places.append(_judged(key, at, size, rarity))
        at = rarity.find(rarest, at + 1, last + 1)
    best = max(places)
    if best[0] < DIVERSE:
        # Around the place where a byte first stands, several others are likely.
        firsts = [key.index(byte) for byte in set(key)]
        around = {at for first in firsts for at in range(first - size + 1, first + 1)}
        more = [_judged(key, at, size, rarity) for at in around if 0 <= at <= last]
        best = max(best, *more)
    _, _, at = best
    return at, key[at : at + size]


def _judged(key: bytes, at: int, size: int, rarity: bytes) -> tuple[int, bytes, int]:
    """The more diverse and the rarer an anchor at a place, the greater is this."""
    return min(len(set(key[at : at + size])), DIVERSE), rarity[at : at + SHORT_ANCHOR], at
