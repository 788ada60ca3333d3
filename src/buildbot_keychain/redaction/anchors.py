"""Which piece of a key a scanner looks for: short, rare in logs, and shared with few other keys."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

__all__ = ["ANCHOR", "anchor_of"]

ANCHOR = 5
"""The length of an anchor in bytes."""

SHORT_ANCHOR = 3
"""The length of the anchor of a key of fewer than `SHORT_KEY` bytes, where there is less choice."""

SHORT_KEY = 16
SHARED = 8
"""An anchor with so many owners is not given to another key that has a choice."""

# Bytes from the commonest to the rarest in build logs; what is not listed is rare.
_COMMON = (
    b" etaonirslcdpmu/.-_0gh1bfv2ykw:x=3456789\"',()[]\t\n"
    b"CTSEAIRNODLPMBFUHG<>GV*+&;|{}%$#@!?\\WYKjqzXJZQ~^`"
)
_RARITY = bytes(_COMMON.index(byte) + 1 if byte in _COMMON else len(_COMMON) for byte in range(256))


def anchor_of(key: bytes, taken: Mapping[bytes, Mapping[int, Sequence[int]]]) -> tuple[int, bytes]:
    """Where the anchor of a key starts, and the anchor: a piece that begins with rare bytes.

    Scanners skip quickly over what cannot begin an anchor. A piece that many keys have chosen is
    passed over while there is another.
    """
    size = ANCHOR if len(key) >= SHORT_KEY else SHORT_ANCHOR
    if len(key) <= size:
        return 0, key
    rarity = key.translate(_RARITY)
    last = len(key) - size
    best = max(rarity[: last + 1])
    at = rarity.find(best, 0, last + 1)
    places = []
    while at >= 0:
        places.append((rarity[at + 1 : at + 3], at))
        at = rarity.find(best, at + 1, last + 1)
    _, at = max(places)
    anchor = key[at : at + size]
    if len(taken.get(anchor, ())) < SHARED:
        return at, anchor
    step = max(1, last // 32)
    free = [
        (rarity[at : at + 2], at)
        for at in range(last % step, last + 1, step)
        if len(taken.get(key[at : at + size], ())) < SHARED
    ]
    if free:
        _, at = max(free)
    return at, key[at : at + size]
