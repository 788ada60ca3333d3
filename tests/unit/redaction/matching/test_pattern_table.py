"""Patterns in columns."""

from __future__ import annotations

from buildbot_keychain.redaction.matching.layer import Layer
from buildbot_keychain.redaction.matching.normalisation import Normalisation
from buildbot_keychain.redaction.matching.pattern import ANONYMOUS, Pattern
from buildbot_keychain.redaction.matching.pattern_table import PatternTable
from tests.support.memory import tracked_by

PATTERNS = [
    Pattern(0, b"one"),
    Pattern(ANONYMOUS + 1, b"one"),
    Pattern(2, b"two", Normalisation.JOINED, words=True, before=b"+-", after=True, base=16),
    Pattern(3, b"one"),
]


def test_patterns_come_out_as_they_went_in() -> None:
    table = PatternTable(PATTERNS)
    assert list(table) == PATTERNS
    assert [table[number] for number in range(len(table))] == PATTERNS


def test_of_equal_ones_there_is_one() -> None:
    assert list(PatternTable([*PATTERNS, *PATTERNS])) == PATTERNS


def test_kinds_are_told_without_secret_and_text() -> None:
    table = PatternTable(PATTERNS)
    assert table.kinds() == [Pattern(0, b""), PATTERNS[2]._replace(secret=0, text=b"")]
    assert list(table.of_kinds([0])) == [0, 1, 3]
    assert list(table.of_kinds([0, 1])) == [0, 1, 2, 3]


def test_what_folding_leaves_nothing_of_is_left_out() -> None:
    table = PatternTable([Pattern(0, b" \b\n", Normalisation.UNWRAPPED), *PATTERNS])
    assert list(table) == PATTERNS
    assert table.kinds() == PatternTable(PATTERNS).kinds()


def test_columns_make_a_table_again() -> None:
    table = PatternTable(PATTERNS)
    others = [pattern._replace(secret=9) for pattern in reversed(PATTERNS[2:])]
    assert list(PatternTable.of(table.columns)) == PATTERNS
    both = PatternTable.of(table.columns, PatternTable(others).columns)
    assert list(both) == [*PATTERNS, *others]
    assert len(both.kinds()) == len(table.kinds())
    both.append(0, b"more", both.kind_of(PATTERNS[0]))
    assert list(table) == PATTERNS


def test_those_that_may_hold_a_label() -> None:
    held = [Pattern(0, text) for text in (b"a<b", b"plain", b"b>x")]
    assert PatternTable(held).bracketed == (held[0], held[2])


def tracked(count: int) -> int:
    """Return how many objects the garbage collector looks at in a layer of so many patterns."""

    def layer() -> Layer:
        made = Layer(Pattern(at, b"pattern %d of many" % at) for at in range(count))
        assert made.size == count
        return made

    return tracked_by(layer)


def test_more_patterns_are_not_more_objects_for_the_garbage_collector() -> None:
    assert abs(tracked(2000) - tracked(500)) < 20
