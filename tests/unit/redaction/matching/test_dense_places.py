"""Texts and values that repeat themselves."""

from __future__ import annotations

import time
from functools import partial

import pytest

from buildbot_keychain.redaction.matching import group
from buildbot_keychain.redaction.matching.layer import Layer
from buildbot_keychain.redaction.matching.normalisation import Normalisation
from buildbot_keychain.redaction.matching.pattern import Pattern
from buildbot_keychain.redaction.matching.view import FoldedText
from tests.support.oracle.work import calls


@pytest.mark.parametrize("ending", [b"", b"X"])
@pytest.mark.parametrize("middle", [b"", b"Y"])
def test_long_values_that_repeat_themselves_take_no_longer(ending: bytes, middle: bytes) -> None:
    unit = b"abcdefghij"
    layer = Layer([Pattern(0, unit * 3000 + middle + unit * 3000 + ending)])
    text = FoldedText(unit * 13_000)
    start = time.process_time()
    spans = layer.find(text, final=False)
    opening = layer.opening(text, 0)
    # A comparison of each place with all of the value would take minutes.
    assert time.process_time() - start < 5
    assert bool(spans) == (not ending and not middle)
    assert opening.start == len(text.data) - (30_000 if middle else 60_000 if ending else 59_990)


def test_values_that_are_shorter_than_what_is_shown_are_judged_one_by_one(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(group, "DENSE", 1)
    pattern = Pattern(0, b"aaa", Normalisation.JOINED_COLLAPSED)
    layer = Layer([pattern])
    assert layer.find(FoldedText(b"aaaa"), final=True) == []
    spans = layer.find(FoldedText(b"aa a"), final=True)
    assert [(span.start, span.end) for span in spans] == [(0, 4)]


@pytest.mark.parametrize("normalisation", [Normalisation.JOINED, Normalisation.SPACED])
@pytest.mark.parametrize("printed", [b"ab ab", b"a b a b ab", b"ab\nab", b"a b "])
def test_blanks_in_a_text_that_repeats_itself_take_no_longer(
    printed: bytes, normalisation: Normalisation
) -> None:
    spelled = b"ab" * 200 if normalisation is Normalisation.JOINED else b"a b " * 200 + b"a"
    layer = Layer([Pattern(0, spelled, normalisation)])
    steps = [
        sum(calls(partial(layer.find, FoldedText(printed * size), final=False)).values())
        for size in (300, 600)
    ]
    assert steps[1] < 3 * steps[0]


def test_a_value_with_blanks_that_repeats_itself() -> None:
    layer = Layer([Pattern(0, b"ab abab " * 9 + b"ab", Normalisation.JOINED)])
    text = FoldedText(b"x abab " + b"ab abab " * 20 + b"ab ab " * 9)
    spans = layer.find(text, final=True)
    assert (min(span.start for span in spans), max(span.end for span in spans)) == (7, 169)


@pytest.mark.parametrize("unit", [b"aA", b"aAA", b"aB Ab", b"aaaaaaA"])
def test_a_value_whose_folded_form_repeats_itself_more_often(unit: bytes) -> None:
    value = unit * 60 + b"b"
    layer = Layer([Pattern(0, value, Normalisation.JOINED)])
    for size in (80, 81, 82, len(value) - 1):
        text = FoldedText(b"x " + value[:size])
        assert layer.opening(text, 0).start == 2
        endings = layer.endings(text, 0, bool)
        assert [span.start for span in endings][:1] == [2] * (2 * size > len(value))


@pytest.mark.parametrize(
    ("unit", "normalisation"),
    [
        (b"a" * 20 + b"A", Normalisation.JOINED),
        (b"a" * 46 + b"A", Normalisation.JOINED),
        (b"A" * 64 + b"\n", Normalisation.EXACT),
    ],
)
@pytest.mark.parametrize("before", [0, 5])
def test_that_repeats_itself_long_before_the_value_does(
    unit: bytes, normalisation: Normalisation, before: int
) -> None:
    value = unit * 30 + b"b"
    layer = Layer([Pattern(0, value, normalisation)])
    for size in (len(value) // 4, 3 * len(value) // 4, len(value) - 1):
        text = FoldedText(b"x " + unit[:before] + value[:size])
        # Where the text begins within a unit, the value begins with the next one.
        start = 2 if unit[:before] + value[:size] == value[: before + size] else 2 + before
        assert layer.opening(text, 0).start == start
        endings = layer.endings(text, 0, bool)
        assert [span.start for span in endings][:1] == [start] * (2 * size > len(value))
