from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st
from twisted.trial.unittest import SynchronousTestCase

from buildbot_keychain.providers.sops._shamir import combine


def times(first: int, second: int) -> int:
    """Multiply in GF(2^8), by carry-less multiplication and long division."""
    product = 0
    for bit in range(8):
        product ^= (first << bit) * (second >> bit & 1)
    for bit in range(15, 7, -1):
        product ^= (0x11B << bit - 8) * (product >> bit & 1)
    return product


def split(key: bytes, coefficients: list[bytes], points: list[int]) -> list[bytes]:
    """Return the parts at `points` of polynomials with these coefficients, by Horner's rule."""
    parts = []
    for point in points:
        part = bytearray(len(key))
        for row in reversed([key, *coefficients]):
            part = bytearray(
                times(value, point) ^ byte for value, byte in zip(part, row, strict=True)
            )
        parts.append(bytes([*part, point]))
    return parts


class ShamirTests(SynchronousTestCase):
    @given(st.data(), st.binary(min_size=1, max_size=32), st.integers(2, 5))
    def test_enough_parts_give_the_key(self, data: st.DataObject, key: bytes, wanted: int) -> None:
        row = st.binary(min_size=len(key), max_size=len(key))
        coefficients = data.draw(st.lists(row, min_size=wanted - 1, max_size=wanted - 1))
        points = data.draw(
            st.lists(st.integers(1, 255), min_size=wanted, max_size=wanted + 2, unique=True)
        )
        self.assertEqual(combine(split(key, coefficients, points)), key)

    def test_too_few_parts_give_another_key(self) -> None:
        parts = split(b"k", [b"a", b"b"], [1, 2, 3])
        self.assertEqual(combine(parts), b"k")
        self.assertNotEqual(combine(parts[:2]), b"k")

    def test_bytes_that_cannot_be_parts_of_a_key(self) -> None:
        for parts in ([], [b""], [b"a\0"], [b"a\1", b"b\1"], [b"a\1", b"ab\2"], [b"a" * 40]):
            self.assertIsNone(combine(parts))
