"""What each normalisation disregards, and the law that holding back relies on."""

from __future__ import annotations

import pytest

from buildbot_keychain.redaction.matching.normalisation import Normalisation, fold


@pytest.mark.parametrize(
    ("normalisation", "data", "expected"),
    [
        (Normalisation.EXACT, b"a\n b", b"a\n b"),
        (Normalisation.COLLAPSED, b"a\n \tb  c", b"a b c"),
        (Normalisation.COLLAPSED, b"a" + b" " * 65 + b"b  c", b"a" + b" " * 65 + b"b c"),
        (Normalisation.UNWRAPPED, b"a\n  b c", b"ab c"),
        (Normalisation.UNWRAPPED, b"a\n" + b" " * 64 + b"b\nc", b"a\n" + b" " * 64 + b"bc"),
        (Normalisation.PERCENT, b"%2f%2F%a", b"%2F%2F%A"),
        (Normalisation.JOINED, b"a\n\bb c", b"ab c"),
        (Normalisation.JOINED, b"a\n\n\n\n\nb\nc", b"a\n\n\n\n\nbc"),
        (Normalisation.JOINED_PERCENT, b"%\n2f", b"%2F"),
        (Normalisation.JOINED_UNWRAPPED, b"a\n  b\bc d", b"abc d"),
        (Normalisation.JOINED_UNWRAPPED, b"a\n" + b" " * 64 + b"b\n c", b"a\n" + b" " * 64 + b"bc"),
        (Normalisation.JOINED_COLLAPSED, b"a \n b\bc", b"abc"),
        (Normalisation.SPACED, b"a   b \n   \\n 303 c", b"a b \\n 303 c"),
        (Normalisation.SPACED, b"a   b   303  c 30", b"a b 303 c 30"),
        (Normalisation.JOINED_COLLAPSED, b"a" + b"\n" * 65 + b"b c", b"a" + b"\n" * 65 + b"bc"),
    ],
)
def test_normalisation(normalisation: Normalisation, data: bytes, expected: bytes) -> None:
    assert normalisation(data) == expected
    assert normalisation(expected) == expected
    assert fold(data) == fold(expected)
    for size in range(len(data)):
        if data[size - 1 : size].isalnum():
            assert expected.startswith(normalisation(data[:size]))


@pytest.mark.parametrize("data", [b"a   b cd", b"ab   c", b"a   b\n   30 c"])
def test_words_are_not_characters_in_cells(data: bytes) -> None:
    assert Normalisation.SPACED(data) == data
