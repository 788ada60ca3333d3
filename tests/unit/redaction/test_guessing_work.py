"""Where a secret was not given, a right guess costs as many steps as a wrong one.

The same text is published in a world where it is right and in one where it is not. What has 60 bits
of a secret right is not a guess. Counted are the calls of functions, which is what candidates and
their verification are; time is not measured.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from functools import partial

import pytest

from tests.support.oracle import guesses, targets
from tests.support.oracle.targets import Target
from tests.support.oracle.work import calls
from tests.support.oracle.worlds import World, world

Act = Callable[[World, str], object]


def a_whole_text(each: World, text: str) -> object:
    return each.publisher.redact(text)


def a_stream(each: World, text: str) -> object:
    stream = each.publisher.stream()
    return [stream.feed(f"{text}\n"), stream.feed("more\n"), stream.close()]


def a_stream_in_chunks(each: World, text: str) -> object:
    stream = each.publisher.stream()
    half = len(text) // 2
    return [stream.feed(text[:half]), stream.feed(text[half:]), stream.close()]


def a_line_torn_off(each: World, text: str) -> object:
    return each.publisher.redact_torn(text, at_start=4, at_end=4)


ACTS: tuple[Act, ...] = (a_whole_text, a_stream, a_stream_in_chunks, a_line_torn_off)

SPELLS = (
    guesses.raw,
    guesses.in_json,
    guesses.in_hex,
    guesses.percent,
    *guesses.ACROSS[:3],
)


OPEN_BITS = 60


def guessed(target: Target) -> Iterator[str]:
    """Yield right guesses in each spelling.

    Beginnings and ends with all that is known around them, and all of it where somebody could try
    all of them.
    """
    pieces = [
        piece
        for piece in guesses.right_pieces(target)
        if target.guessable or target.right_bits(piece) < OPEN_BITS
    ]
    for spell in SPELLS:
        yield from map(spell, pieces)


def targets_of(seed: str) -> list[Target]:
    return [*targets.targets(seed), *targets.of_low_entropy(seed)]


TARGETS = {each.name: each for each in targets_of("right guess")}


def unequal(target: Target, act: Act, *, old_rule: bool) -> Iterator[str]:
    """Yield what a guess does not cost alike where it is right and where it is wrong."""
    first = [("first", targets.first_version(target))] if target.name == "second version" else []
    right, wrong = (
        world([*first, (each.name, each.value)], given=(), old_rule=old_rule)
        for each in (target, targets.differing(target, "wrong guess", targets_of))
    )
    for text in guessed(target):
        act(right, text)  # what is kept for the next time is there by now
        act(wrong, text)
        one = calls(partial(act, right, text))
        two = calls(partial(act, wrong, text))
        yield from (name for name in {*one, *two} if one[name] != two[name])


@pytest.mark.parametrize("name", TARGETS)
@pytest.mark.parametrize("act", ACTS, ids=lambda act: act.__name__)
def test_right_and_wrong_guesses_cost_the_same(name: str, act: Act) -> None:
    differences = Counter(unequal(TARGETS[name], act, old_rule=False))
    assert [f"{function}: {count}" for function, count in differences.most_common()] == []


@pytest.mark.parametrize("name", TARGETS)
@pytest.mark.parametrize("act", ACTS[:3], ids=lambda act: act.__name__)
def test_they_do_not_where_everything_is_hidden(name: str, act: Act) -> None:
    assert next(unequal(TARGETS[name], act, old_rule=True), "")
