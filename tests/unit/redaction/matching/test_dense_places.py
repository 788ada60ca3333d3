"""Texts and values that repeat themselves."""

from __future__ import annotations

import time

import pytest

from buildbot_keychain.redaction.matching import group
from buildbot_keychain.redaction.matching.layer import Layer
from buildbot_keychain.redaction.matching.normalisation import Normalisation
from buildbot_keychain.redaction.matching.pattern import Pattern
from buildbot_keychain.redaction.matching.view import FoldedText


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
