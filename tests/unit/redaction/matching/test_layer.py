"""What a layer says of a text: occurrences, and what its end may begin or cuts off."""

from __future__ import annotations

import pytest

from buildbot_keychain.redaction.matching.layer import Layer
from buildbot_keychain.redaction.matching.normalisation import Normalisation, fold
from buildbot_keychain.redaction.matching.pattern import Pattern, Span
from buildbot_keychain.redaction.matching.scanner import TIERS
from buildbot_keychain.redaction.matching.view import FoldedText

VALUE = b"s3cr3t-value-0123"


def layer(*patterns: Pattern, tier: str = TIERS[0]) -> Layer:
    return Layer(patterns or [Pattern(0, VALUE)], tier)


def places(spans: list[Span]) -> list[tuple[int, int]]:
    return [(span.start, span.end) for span in spans]


@pytest.mark.parametrize("tier", TIERS)
def test_an_occurrence(tier: str) -> None:
    text = FoldedText(b"x " + VALUE + b" S3cr3t-value-0123")
    assert places(layer(tier=tier).find(text, final=True)) == [(2, 19)]


@pytest.mark.parametrize("size", range(1, len(VALUE)))
def test_the_end_may_begin_an_occurrence(size: int) -> None:
    data = b"line\nx " + VALUE[:size]
    opening = layer().opening(FoldedText(data), 0)
    assert opening.start == 7
    assert opening.expected == fold(VALUE)


def test_what_was_released_does_not_open_anything() -> None:
    data = b"x " + VALUE[:9]
    assert layer().opening(FoldedText(data), len(data)).start == len(data)
    assert layer().opening(FoldedText(data), 5).start == len(data)


def test_the_greater_part_of_a_pattern_is_masked_at_the_end() -> None:
    def masked(value: bytes, size: int) -> list[tuple[int, int]]:
        text = FoldedText(b"x " + value[:size])
        return places(list(layer(Pattern(0, value)).endings(text, 0, bool)))

    assert masked(VALUE, 8) == []
    assert masked(VALUE, 9) == [(2, 11)]
    assert masked(VALUE[:12], 7) == []
    assert masked(VALUE[:12], 8) == [(2, 10)]


def passes(known: Layer, lines: bytes) -> bool:
    return known.passes_lines(lines, fold(lines))


def test_whole_lines_pass_that_show_nothing_and_leave_nothing_open() -> None:
    assert passes(layer(), b"a line of a log\n")
    assert not passes(layer(), b"x " + VALUE + b"\n")
    cut = layer(Pattern(0, VALUE, Normalisation.JOINED))
    assert passes(cut, b"ends in " + VALUE[:3] + b"\n")
    assert not passes(cut, b"ends in " + VALUE[:4] + b"\n")


def test_a_whole_text_is_passed_at_a_glance() -> None:
    for size in range(len(VALUE) + 1):
        data = b"x " + VALUE[:size]
        shows = size > 8
        assert layer().passes_whole(data, fold(data)) <= (not shows)
    assert layer().passes_whole(b"a line", b"aline")


def test_patterns_are_counted_once_and_by_size() -> None:
    known = layer(Pattern(0, VALUE), Pattern(0, VALUE), Pattern(0, b"other-one"))
    assert (len(known.patterns), known.memory) == (2, 26)
