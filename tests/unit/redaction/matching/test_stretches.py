"""What is inside of a stretch that is covered."""

from __future__ import annotations

import random

import pytest

from buildbot_keychain.redaction.matching import stretches
from buildbot_keychain.redaction.matching.stretches import Stretches


@pytest.mark.parametrize("long", [0, 1, 2, 12])
def test_a_part_of_a_stretch_is_held_and_not_the_stretch_itself(
    long: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(stretches, "LONG", long)
    source = random.Random(6)
    for _ in range(200):
        covered, added = Stretches(), set[tuple[int, int]]()
        for _ in range(12):
            start = source.randrange(12)
            end = start + source.randint(1, 9)
            held = any(first <= start and end <= last for first, last in added)
            itself = {(first, last) for first, last in added if (first, last) == (start, end)}
            others = added - itself
            inside = any(first <= start and end <= last for first, last in others)
            assert covered.hold(start, end) == inside
            assert covered.cover(start, end) == held
            covered.add(start, end)
            added.add((start, end))


def test_of_those_that_came_first_all_is_held() -> None:
    first = Stretches()
    first.add(2, 5)
    covered = Stretches(first)
    assert covered.hold(2, 5)
    assert covered.hold(3, 4)
    assert not covered.hold(3, 6)


@pytest.mark.parametrize("long", [1, 12])
def test_they_may_come_in_any_order(long: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """Many anchors, each of which is found all over a text."""
    monkeypatch.setattr(stretches, "LONG", long)
    covered = Stretches()
    added = [(at, at + 3) for first in range(50) for at in range(first * 5, 50_000, 250)]
    for start, end in added:
        covered.add(start, end)
    assert all(covered.cover(start, end) and not covered.hold(start, end) for start, end in added)
    assert all(covered.hold(start, end - 1) for start, end in added)
    assert not any(covered.cover(start, end + 1) for start, end in added)


def test_a_short_one_is_put_among_few_others() -> None:
    covered = Stretches()
    for first in range(0, 50, 10):
        for at in range(first, 1_000_000, 50):
            covered.add(at, at + 20)
    assert max(len(run._starts) for run in covered._blocks.values()) < 1 << stretches.LONG
    assert not covered._long._starts
