"""Finding patterns by their anchors."""

from __future__ import annotations

import pytest

from buildbot_keychain.redaction.matching.finder import Finder, Together
from buildbot_keychain.redaction.matching.pattern import Pattern
from buildbot_keychain.redaction.matching.pattern_table import PatternTable
from buildbot_keychain.redaction.matching.scanner import TIERS
from buildbot_keychain.redaction.matching.view import FoldedText


def finder(tier: str = TIERS[0]) -> Finder:
    """Return one for two patterns with an anchor in common, and another pattern."""
    anchors = {b"a-zqx-1": (2, 5), b"b-zqx-2": (2, 5), b"kkw-3": (0, 3)}
    patterns = (Pattern(number, text) for number, text in enumerate(anchors))
    return Finder(PatternTable(patterns), anchors, tier, [b".."])


def places(data: bytes, until: int | None = None, tier: str = TIERS[0]) -> list[tuple[int, int]]:
    found = finder(tier).find(FoldedText(data), until=until, final=True)
    return sorted((span.start, span.end) for span in found)


@pytest.mark.parametrize("tier", TIERS)
def test_occurrences_around_each_anchor(tier: str) -> None:
    assert places(b"x a-zqx-1 b-zqx-2 kkw-3 b-zqx-1", tier=tier) == [(2, 9), (10, 17), (18, 23)]


def test_those_that_begin_before_a_position_in_the_folded_text() -> None:
    data = b"a-zqx-1 kkw-3"
    assert places(data, until=7) == [(0, 7)]
    assert places(data, until=8) == [(0, 7), (8, 13)]


@pytest.mark.parametrize("tier", TIERS)
def test_a_text_without_an_anchor_needs_no_look(tier: str) -> None:
    found = finder(tier)
    assert not found.any(b"alineofalogaboutzq")
    assert found.any(b"alinezqx")


def test_a_text_is_scanned_once() -> None:
    found, text = finder(), FoldedText(b"a-zqx-1")
    assert found.places(text) is found.places(text)


def test_how_much_of_a_pattern_may_end_a_text() -> None:
    patterns = PatternTable([Pattern(0, b"Hq7mV2cRk9")])
    known = Finder(patterns, {b"hq7mv2crk9": (2, 8)}, TIERS[0])
    assert known.lengths(FoldedText(b"x Hq7mV2cRk")) == {9}
    assert known.lengths(FoldedText(b"x Hq7mV2cRk9 y")) == set()


@pytest.mark.parametrize("tier", TIERS)
def test_marks(tier: str) -> None:
    assert finder(tier).is_marked(FoldedText(b"zqx.."))
    assert not finder(tier).is_marked(FoldedText(b"zqx."))


@pytest.mark.parametrize("tier", TIERS)
@pytest.mark.parametrize("data", [b"a line", b"a-zqx-1 ..", b"b-zqx-2 kkw-3 kkw-3", b"..x kkw-3"])
def test_several_that_scan_a_text_together_find_what_each_finds_alone(
    data: bytes, tier: str
) -> None:
    finders = [
        finder(tier),
        Finder(PatternTable([Pattern(7, b"kkw-3")]), {b"kkw-3": (0, 3)}, tier),
    ]
    together, text, alone = Together(finders, tier), FoldedText(data), FoldedText(data)
    together.scan(text)
    assert bool(together.any(text.folded)) is (data != b"a line")
    for each in finders:
        assert text.places[each] is each.places(text)
        assert each.find(text, final=True) == each.find(alone, final=True)
        assert each.shows_none(text) is each.shows_none(alone)
    assert finders[0].is_marked(text) is (b".." in data)
