"""Which of many secrets may stand in a text."""

from __future__ import annotations

import pytest

from buildbot_keychain.redaction.matching.scanner import TIERS
from buildbot_keychain.redaction.matching.view import FoldedText
from buildbot_keychain.redaction.matching.words import POPULAR, Owners, WordIndex


def owners(*words: bytes) -> Owners:
    found = Owners()
    for unit, word in enumerate(words):
        found.add(word, (unit,))
        found.add(word, (unit,))
    return found


def test_a_word_may_be_of_several() -> None:
    found = owners(b"one-word", b"another", b"one-word")
    assert dict(found) == {b"one-word": (0, 2), b"another": (1,)}
    assert (len(found), found.popular) == (2, set())


def test_a_word_of_many_is_popular() -> None:
    found = owners(*[b"one-word"] * POPULAR)
    assert found.popular == set()
    found = owners(*[b"one-word"] * (POPULAR + 1), b"another")
    assert found.popular == {b"one-word"}
    assert len(found[b"one-word"]) == POPULAR
    found.drop_popular()
    assert dict(found) == {b"another": (POPULAR + 1,)}


@pytest.mark.parametrize("tier", TIERS)
def test_the_units_of_a_text(tier: str) -> None:
    index = WordIndex(owners(b"one-word", b"another", b"one-word"), tier, (b"..",))
    text = FoldedText(b"Another One-Word")
    assert index.units(text) == [0, 1, 2]
    assert not index.is_marked(text)
    assert index.units(FoldedText(b"neither")) == []
    assert index.is_marked(FoldedText(b"neither.."))
    assert index.any(b"another")
    assert not index.any(b"neither")
    assert index.any_word(b"another")
    assert not index.any_word(b"neither..")
