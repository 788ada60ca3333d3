"""Joins the parts of a data key that sops split between key groups, by Shamir's secret sharing.

Each byte of the key is the value at 0 of a polynomial over GF(2^8) with the modulus of AES, 0x11b;
a part holds its values at one point, which is the part's last byte (sops, shamir/README.md). Fewer
parts than were asked for, or wrong ones, give another key, which then opens nothing.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import reduce
from operator import xor

_LONGEST = 33
"""Bytes of a part: a key for AES-256, and the point."""


def joined(parts: Sequence[bytes]) -> bytes | None:
    """Give the key, or ``None`` where these can be no parts of one.

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
    """Give the value at 0 of the polynomial that is 1 at `point` and 0 at the others (Lagrange)."""
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
    """Give the number whose product with `value`, which is not 0, is 1: its power of 254."""
    inverse = 1
    for _ in range(254):
        inverse = _product(inverse, value)
    return inverse
