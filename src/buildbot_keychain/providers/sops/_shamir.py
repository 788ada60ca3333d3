"""Combines the parts of a data key that sops split between key groups (Shamir's secret sharing).

Each byte of the key is the value at 0 of a polynomial over GF(2^8) with the modulus of AES, 0x11b.
A part holds the values of all polynomials at one point, and ends with that point (sops,
shamir/README.md). Too few parts, or wrong ones, give another key, which then opens nothing.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import reduce
from operator import xor

_LONGEST = 33
"""Bytes of a part: those of a key for AES-256, and the point."""


def combine(parts: Sequence[bytes]) -> bytes | None:
    """Return the key, or ``None`` when these cannot be parts of one key.

    :param parts: of one length, each for another point.
    """
    points = [part[-1] if part else 0 for part in parts]
    lengths = {len(part) for part in parts}
    if not parts or 0 in points or len(set(points)) < len(points) or len(lengths) > 1:
        return None
    if max(lengths) > _LONGEST:
        return None
    weights = [_weight(point, points) for point in points]
    columns = zip(*(part[:-1] for part in parts), strict=True)
    return bytes(reduce(xor, map(_product, column, weights)) for column in columns)


def _weight(point: int, points: Sequence[int]) -> int:
    """Return the value at 0 of the polynomial that is 1 at `point`, 0 at the others (Lagrange)."""
    weight = 1
    for other in points:
        if other != point:
            weight = _product(weight, _product(other, _inverse(other ^ point)))
    return weight


def _product(first: int, second: int) -> int:
    product = 0
    while second:
        if second & 1:
            product ^= first
        first <<= 1
        if first & 0x100:
            first ^= 0x11B
        second >>= 1
    return product


def _inverse(value: int) -> int:
    """Return the inverse of `value`, which is not 0: its power of 254."""
    inverse = 1
    for _ in range(254):
        inverse = _product(inverse, value)
    return inverse
