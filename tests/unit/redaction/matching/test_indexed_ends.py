"""Ends of patterns, looked up by their last bytes."""

from __future__ import annotations

import pytest

from buildbot_keychain.redaction.matching.hints import TAIL, hints_of
from buildbot_keychain.redaction.matching.indexed_ends import IndexedEnds
from buildbot_keychain.redaction.matching.pattern import Pattern
from buildbot_keychain.redaction.matching.pieces import Ends
from buildbot_keychain.redaction.matching.words import Owners

SHARED = b"the-end-that-both-of-them-have-in-common"
TEXTS = (b"aB3dE5gH7jK9" + SHARED, b"mN1pQ3sT5vW7" + SHARED, b"short-one", b" of a phrase")
REST = (b"another-one",)


def indexed() -> IndexedEnds:
    tails = Owners()
    for unit, text in enumerate(TEXTS):
        for hints in hints_of([Pattern(unit + 5, text)]):
            tails.add(hints.tail, (unit,))
    return IndexedEnds(
        tails,
        range(5, 5 + len(TEXTS)),
        [Ends([Pattern(1, text) for text in REST])],
        lambda unit: Ends([Pattern(unit + 5, TEXTS[unit])]),
    )


@pytest.mark.parametrize("text", [*TEXTS, *REST])
def test_they_are_found_as_without_an_index(text: bytes) -> None:
    patterns = [Pattern(unit + 5, each) for unit, each in enumerate(TEXTS)]
    plain = Ends([*patterns, *(Pattern(1, each) for each in REST)])
    known = indexed()
    for start in range(len(text) - 3):
        piece = text[start:] + b" and more"
        assert known.may_start(piece) or not plain.may_start(piece)
        found = sorted(known.starting(piece, 4), reverse=True)  # the lowest secret is shown
        assert dict(found) == dict(plain.starting(piece, 4))
    assert len(TEXTS[0]) > TAIL


def test_what_is_no_end() -> None:
    assert list(indexed().starting(b"aB3dE5gH7jK9", 4)) == []
    assert not indexed().may_start(b"\tx")
