"""Words of any length are found by a regular expression that begins with one byte."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from buildbot_keychain.redaction.matching.expression import Expression
from tests.unit.redaction.matching.test_grams import placed

BYTES = st.sampled_from([b"a", b"b", b"z", b".", b"\n", b"\\", b"\xff"])
WORD = st.lists(BYTES, min_size=1, max_size=7).map(b"".join)


@given(words=st.lists(WORD, min_size=1, max_size=6, unique=True), data=st.lists(BYTES, max_size=40))
def test_words_that_begin_and_end_alike(words: list[bytes], data: list[bytes]) -> None:
    text = b"".join(data) + words[0]
    expression = Expression({word: index for index, word in enumerate(words)})
    assert sorted(expression.places(text)) == placed(words, text)
    (first,) = expression.first(text)
    assert first in placed(words, text)


def test_a_byte_that_counts_as_another_is_compared() -> None:
    expression = Expression({b"zebra": 0, b"quark": 1})
    assert expression.first(b"qebra zuark") == []
    assert expression.first(b"zebra quark") == [(0, 5, 0)]
