"""What the end of a text cuts off."""

from __future__ import annotations

import random
import sys

import pytest

from buildbot_keychain.redaction.matching import prefixes
from buildbot_keychain.redaction.matching.normalisation import Normalisation, fold
from buildbot_keychain.redaction.matching.pattern import Pattern
from buildbot_keychain.redaction.matching.pattern_table import PatternTable
from buildbot_keychain.redaction.matching.prefixes import (
    Cuttable,
    PrefixFilter,
    ShortBeginnings,
    SortedTexts,
)
from tests.support.memory import tracked_by


def test_texts_that_begin_with_something_and_are_longer() -> None:
    texts = SortedTexts([b"ab", b"abc", b"abd", b"b"])
    assert texts.range_beginning_with(b"ab") == (1, 3)
    assert texts.first_beginning_with(b"ab") == b"abc"
    assert texts.first_beginning_with(b"abd") is None


def test_beginnings_that_do_not_hold_the_anchor() -> None:
    found = PrefixFilter([(b"postgres://zqx91k", 11)])
    for size in range(1, 17):
        assert found.lengths(b"..." + b"postgres://zqx91k"[:size]) == [size]
    assert found.lengths(b"postgres://zqx91k") == []


def test_what_rules_out_is_certain() -> None:
    found = PrefixFilter([(b"postgres://zqx91k", 11)])
    for size in range(4, 17):
        assert not found.rules_out(b"..." + b"postgres://zqx91k"[:size])
    assert found.rules_out(b"a line of a log")
    assert found.rules_out(b"s://")


def test_the_table_of_pieces_is_no_larger_than_a_copy_needs() -> None:
    chosen = random.Random(7)
    for size in (8, 30, 120, 500):
        texts = [(chosen.randbytes(64), 58) for _ in range(size)]
        united = PrefixFilter.union([PrefixFilter([text]) for text in texts])
        assert united.grams == PrefixFilter(texts).grams
        for grams in (PrefixFilter(texts).grams, united.grams):
            assert sys.getsizeof(grams) < 66 * len(grams)


def cuttable(*patterns: Pattern) -> Cuttable:
    return Cuttable(PatternTable(patterns), range(len(patterns)))


def of(normalisation: Normalisation, text: bytes) -> Cuttable:
    return cuttable(Pattern(0, text, normalisation))


def test_behind_a_line_end_little_can_be_open() -> None:
    assert of(Normalisation.EXACT, b"abcdefgh").least(b"x\n") == 0
    assert of(Normalisation.EXACT, b"abcd\nefgh").least(b"x\n") == 1
    assert of(Normalisation.JOINED, b"abcdefgh").least(b"x\n") == 4
    assert of(Normalisation.JOINED, b"abcd efgh").least(b"x\n") == 1
    assert of(Normalisation.JOINED, b"abcdefgh").least(b"x") == 1


def test_patterns_that_begin_alike_are_told_by_kind() -> None:
    found = cuttable(
        Pattern(0, b"abcdef"), Pattern(1, b"abcdef"), Pattern(0, b"abc\xc3\xa9"), Pattern(2, b"b")
    )
    for _ in range(2):
        assert found.kinds(b"abc") == {Pattern(0, b""): 4, Pattern(1, b""): 6}
    assert found.kinds(b"abcdef") == {}


def test_what_is_remembered_of_beginnings_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(prefixes, "KINDS", 10)
    found = cuttable(*(Pattern(index, b"abcdefghij") for index in range(4)))
    for size in range(1, 10):
        assert len(found.kinds(b"abcdefghij"[:size])) == 4
        assert sum(len(kinds) + 1 for kinds in found._kinds.values()) <= 10


def test_short_beginnings_of_several_are_those_of_each() -> None:
    one = ShortBeginnings(frozenset([b"a"]), frozenset([b"7"]), padded=False)
    other = ShortBeginnings(frozenset([b"bc"]), frozenset([b"9"]), padded=False)
    union = ShortBeginnings.union([one, other])
    ending_in_none = []
    for lines in (b"x a\n", b"xbc\n", b"xyzc\n", b"xyz7\n", b"x 7\n", b"x 9\n", b"none\n"):
        alone = [each.end_in_none(lines, fold(lines)) for each in (one, other)]
        ending_in_none.append(union.end_in_none(lines, fold(lines)))
        assert ending_in_none[-1] is all(alone)
    assert ending_in_none == [False, False, True, True, False, False, True]
    padded = ShortBeginnings(frozenset(), frozenset(), padded=True)
    assert not ShortBeginnings.union([one, padded]).end_in_none(b"none\n", b"none")
    assert ShortBeginnings.union([]).end_in_none(b"x a\n", b"xa")


def test_the_garbage_collector_sees_few_objects_of_patterns_that_may_be_cut_off() -> None:
    tables = [PatternTable([Pattern(number, b"value")]) for number in range(100)]
    assert tracked_by(lambda: [Cuttable(table, [0]) for table in tables]) <= 5 * len(tables) + 5
