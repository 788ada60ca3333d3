"""Patterns around an anchor: one by one, in trees and along dense places the same is found."""

from __future__ import annotations

import random
import time
from collections.abc import Iterable

import pytest

from buildbot_keychain.redaction.matching import group
from buildbot_keychain.redaction.matching.layer import Layer
from buildbot_keychain.redaction.matching.normalisation import Normalisation
from buildbot_keychain.redaction.matching.pattern import Pattern
from buildbot_keychain.redaction.matching.view import FoldedText


def covered(texts: Iterable[bytes], data: bytes) -> set[int]:
    spans = Layer(Pattern(0, text) for text in texts).find(FoldedText(data), final=True)
    return {at for span in spans for at in range(span.start, span.end)}


@pytest.mark.parametrize("few", [0, 12])
@pytest.mark.parametrize("dense", [1, 8])
def test_all_that_is_to_be_covered(few: int, dense: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(group, "FEW", few)
    monkeypatch.setattr(group, "DENSE", dense)
    source = random.Random(4)
    for _ in range(200):
        unit = bytes(source.choices(b"abc", k=source.randint(1, 4)))
        texts = {(unit * 12)[: source.randint(1, 20)] + b"x" * source.randint(0, 1) for _ in "1234"}
        pieces = [unit * source.randint(0, 9), b"x", unit[:1], unit * source.randint(0, 9)]
        data = b"".join(pieces)
        expected = {
            place
            for text in texts
            for start in range(len(data))
            if data.startswith(text, start)
            for place in range(start, start + len(text))
        }
        assert covered(texts, data) == expected


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
