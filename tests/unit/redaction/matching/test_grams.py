"""Words of 16 bytes and more are found by pieces of eight, wherever they stand."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from buildbot_keychain.redaction.matching.grams import HEAD, Grams
from tests.unit.redaction.matching.test_scanner import expected


def placed(words: list[bytes], data: bytes) -> list[tuple[int, int, int]]:
    return sorted(
        (start, start + len(words[index]), index)
        for index, starts in expected(words, data).items()
        for start in starts
    )


@given(
    words=st.lists(st.binary(min_size=HEAD, max_size=20), min_size=1, max_size=4, unique=True),
    pieces=st.lists(st.tuples(st.binary(max_size=20), st.integers(0, 3)), max_size=5),
)
def test_words_between_anything(words: list[bytes], pieces: list[tuple[bytes, int]]) -> None:
    data = b"".join(between + words[at % len(words)] for between, at in pieces)
    grams = Grams({word: index for index, word in enumerate(words)})
    found = placed(words, data)
    assert sorted(grams.places(data)) == found
    assert bool(grams.first(data)) is bool(found)


@pytest.mark.parametrize("size", range(HEAD, HEAD + 4))
@pytest.mark.parametrize("before", [0, 1, 8, 9, 10, 63 * 9, 64 * 9 + 5])
def test_a_word_at_the_very_end(before: int, size: int) -> None:
    word = bytes(range(1, size + 1))
    grams = Grams({word: 0})
    assert list(grams.places(b"-" * before + word)) == [(before, before + size, 0)]
    assert list(grams.places(b"-" * before + word[:-1])) == []
    assert not grams.first(b"-" * before + word[:-1])


def test_words_one_behind_the_other() -> None:
    word = b"sixteen bytes it"
    grams = Grams({word: 0})
    assert len(grams.first(word * 10)) == 1
    assert len(list(grams.places(word * 10))) == 10


def test_padding_is_no_part_of_a_text() -> None:
    word = bytes(HEAD + 2)
    grams = Grams({word: 0})
    assert list(grams.places(bytes(HEAD + 1))) == []
    assert not grams.first(bytes(HEAD + 1))
