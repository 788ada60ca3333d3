"""Patterns around an anchor: one by one, in trees and along dense places the same is found."""

from __future__ import annotations

import random
from collections.abc import Iterable
from functools import partial

import pytest

from buildbot_keychain.redaction.matching import group
from buildbot_keychain.redaction.matching.layer import Layer
from buildbot_keychain.redaction.matching.pattern import Pattern, Span
from buildbot_keychain.redaction.matching.view import FoldedText
from tests.support.oracle.work import calls


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
        pieces = [unit * source.randint(0, 30), b"x", unit[:1], unit * source.randint(0, 9)]
        data = b"".join(pieces)
        expected = {
            place
            for text in texts
            for start in range(len(data))
            if data.startswith(text, start)
            for place in range(start, start + len(text))
        }
        assert covered(texts, data) == expected


@pytest.mark.parametrize("few", [0, 12])
@pytest.mark.parametrize("dense", [1, 8])
def test_what_ends_behind_what_was_released(
    few: int, dense: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(group, "FEW", few)
    monkeypatch.setattr(group, "DENSE", dense)
    source = random.Random(6)
    for _ in range(200):
        patterns = [
            Pattern(
                number,
                bytes(source.choices(b"abAB", k=source.randint(1, 9)))
                + b" " * source.randint(0, 1),
                after=source.random() < 0.3,
                before=b"x" * source.randint(0, 1),
            )
            for number in range(4)
        ]
        pieces = [pattern.text for pattern in patterns] * 3 + [b"x", b" ", b"ab=", b"-"]
        data = b"".join(source.choices(pieces, k=12))
        released = source.randrange(len(data))
        layer = Layer(patterns)
        some, all_of_it = (
            {span for span in layer.find(text, final=True, every=True) if span.end > released}
            for text in (FoldedText(data, released=released), FoldedText(data))
        )
        assert some == all_of_it


@pytest.mark.parametrize("few", [0, 12])
@pytest.mark.parametrize("dense", [1, 8])
def test_where_the_end_of_a_text_cuts_off(
    few: int, dense: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(group, "FEW", few)
    monkeypatch.setattr(group, "DENSE", dense)
    monkeypatch.setattr(group, "MANY", 2)
    source = random.Random(5)
    for _ in range(200):
        unit = bytes(source.choices(b"abAB", k=source.randint(1, 4)))
        texts = {
            (unit * 30)[: source.randint(1, 90)] + bytes(source.choices(b"xyz", k=2))
            for _ in range(5)
        }
        data = b"".join(
            (
                unit.swapcase() * source.randint(0, 9),
                b"-",
                unit.swapcase() * source.randint(0, 9),
                unit * source.randint(0, 20),
                (unit + b"x")[: source.randint(0, 4)],
            )
        )
        expected = min(
            start
            for start in range(len(data) + 1)
            if start == len(data)
            or any(text.startswith(data[start:]) and text != data[start:] for text in texts)
        )
        layer = Layer(Pattern(0, text) for text in texts)
        assert layer.opening(FoldedText(data), 0).start == expected


@pytest.mark.parametrize("ending", [b"", b"x"])
def test_very_many_that_repeat_themselves_take_no_longer(ending: bytes) -> None:
    steps = []
    for size in (500, 1000):
        unit = b"ab" * size
        layer = Layer([Pattern(0, b"%s %d" % (unit * 4, each)) for each in range(40)])
        text = FoldedText(unit + ending)
        layer.find(text, final=False)  # how they repeat themselves is known
        found = calls(partial(layer.find, text, final=False))
        found += calls(partial(list, layer.endings(text, 0, bool)))
        steps.append(sum(found.values()))
    assert steps[1] < 1.2 * steps[0]


def test_what_may_reach_a_little_further_is_not_looked_at_inside_of_others() -> None:
    long = Pattern(0, b"YWFh" * 30, before=b"x", after=True)
    short = Pattern(1, b"YWFhYWFh", before=b"x", after=True)
    redacted = Layer([long, short])
    text = FoldedText(b"YWFh" * 500 + b" xYWFhYWFhY= YWFhYWFh")
    found: list[Span] = []
    counted = calls(lambda: found.extend(redacted.find(text, final=True)))
    covered = {(span.start, span.end) for span in found}
    assert {(0, 2000), (2001, 2012), (2013, 2021)} <= covered
    assert all(start < 9 or end > 1980 for start, end in covered)
    assert counted["matching/entry.py:occurrence"] < 20
