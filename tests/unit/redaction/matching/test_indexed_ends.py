"""Ends of patterns, looked up by their last bytes."""

from __future__ import annotations

import bisect
from unittest import mock

import pytest

from buildbot_keychain.redaction.matching.ends import Ends
from buildbot_keychain.redaction.matching.indexed_ends import TAIL, IndexedEnds, Tails
from buildbot_keychain.redaction.matching.pattern import Pattern
from buildbot_keychain.redaction.matching.words import POPULAR

SHARED = b"the-end-that-both-of-them-have-in-common"
TEXTS = (
    b"aB3dE5gH7jK9" + SHARED,
    b"mN1pQ3sT5vW7" + SHARED,
    b"short-one",
    b" of a phrase",
    *(b"%02d-Hq7mV2cRk9" % number + SHARED for number in range(2 * POPULAR)),
    SHARED,
)
REST = (b"another-one",)


class Indexed(IndexedEnds):
    """Notes which units are asked."""

    def __init__(self) -> None:
        tails = Tails()
        for unit, text in enumerate(TEXTS):
            tails.add(text, (unit,))
        self.asked: list[int] = []
        rest = [Ends([Pattern(1, text) for text in REST])]
        super().__init__(tails, range(5, 5 + len(TEXTS)), rest, self.ends_of)

    def ends_of(self, unit: int) -> Ends:
        self.asked.append(unit)
        return Ends([Pattern(unit + 5, TEXTS[unit])])


@pytest.mark.parametrize("text", [*TEXTS, *REST])
def test_they_are_found_as_without_an_index(text: bytes) -> None:
    patterns = [Pattern(unit + 5, each) for unit, each in enumerate(TEXTS)]
    plain = Ends([*patterns, *(Pattern(1, each) for each in REST)])
    known = Indexed()
    for start in range(len(text) - 3):
        piece = text[start:] + b" and more"
        assert known.may_start(piece) or not plain.may_start(piece)
        found = sorted(known.starting(piece, 4), reverse=True)  # the lowest secret is shown
        assert dict(found) == dict(plain.starting(piece, 4))
    assert len(TEXTS[0]) > TAIL


def test_what_is_no_end() -> None:
    assert list(Indexed().starting(b"aB3dE5gH7jK9", 4)) == []
    assert not Indexed().may_start(b"\tx")


def test_what_very_many_end_with_asks_few_of_them() -> None:
    known = Indexed()
    (*_, (size, secret)) = known.starting(TEXTS[-2] + b" and more", len(TEXTS[-2]))
    assert (size, secret) == (len(TEXTS[-2]), 5 + len(TEXTS) - 2)
    assert len(known.asked) <= 2 * POPULAR
    assert len(TEXTS[-2]) > TAIL


def test_a_text_without_the_last_bytes_of_any_is_not_looked_up() -> None:
    with mock.patch.object(bisect, "bisect_left") as lookup:
        assert list(Indexed().starting(b"gcc -O2 -c main.c -o main.o" * 8, 8)) == []
    lookup.assert_not_called()
