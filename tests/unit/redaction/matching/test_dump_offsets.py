"""Offsets of lines of dumps."""

from __future__ import annotations

import pytest

from buildbot_keychain.redaction.matching.dump_offsets import FARTHEST, goes_on, offset


@pytest.mark.parametrize(
    ("line", "digits"),
    [
        (b"00000010: 2633 2d63", b"00000010"),
        (b"0000020 031446", b"0000020"),
        (b" | 00010  26 33", b"00010"),
        (b"002a: x", b"002a"),
        (b"  0010: x", b""),
        (b"xyz", b""),
        (b"", b""),
    ],
)
def test_the_offset_of_a_line(line: bytes, digits: bytes) -> None:
    assert offset(line) == digits


@pytest.mark.parametrize("directive", ["%08x", "%07d", "%07o"])
@pytest.mark.parametrize("before", [0, 8, 16, 4096, 65_535])
def test_it_goes_on_in_each_base(directive: str, before: int) -> None:
    def shown(number: int) -> bytes:
        return (directive % number).encode("ascii")

    for more in (1, 8, 16, FARTHEST):
        assert goes_on(shown(before), shown(before + more))
    assert not goes_on(shown(before), shown(before))
    assert not goes_on(shown(before + 16), shown(before))
    assert not goes_on(shown(before), shown(before + 16 * FARTHEST))


def test_digits_of_one_base_only() -> None:
    assert not goes_on(b"0000000f", b"00000800")
    assert goes_on(b"0000000f", b"0000001f")
    assert goes_on(b"0000776", b"0001000")  # octal: by 2; hexadecimal: by 2,186
