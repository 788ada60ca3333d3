"""Words that everybody writes."""

from __future__ import annotations

import pytest

from buildbot_keychain.redaction.words import COMMON_PASSWORDS, WORDS, is_common_word


@pytest.mark.parametrize("word", ["postgres", "Postgres", "POSTGRES", "the"])
def test_a_word_as_people_write_it(word: str) -> None:
    assert is_common_word(word)


@pytest.mark.parametrize("text", ["pOstgres", "postgres2x", "k9QmT2vXzR7p", "", " the"])
def test_what_is_no_word(text: str) -> None:
    assert not is_common_word(text)


def test_the_lists_are_in_lower_case() -> None:
    assert {word for word in (*WORDS, *COMMON_PASSWORDS) if word != word.lower()} == set()


def test_a_commoner_word_takes_fewer_bits() -> None:
    assert WORDS["the"] < WORDS["password"]
    assert all(0 < bits <= 11 for bits in WORDS.values())
