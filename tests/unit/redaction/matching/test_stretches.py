"""What is inside of a stretch that is covered."""

from __future__ import annotations

import random

from buildbot_keychain.redaction.matching.stretches import Stretches


def test_a_part_of_a_stretch_is_held_and_not_the_stretch_itself() -> None:
    source = random.Random(6)
    for _ in range(200):
        covered, added = Stretches(), set[tuple[int, int]]()
        for _ in range(9):
            start = source.randrange(9)
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
