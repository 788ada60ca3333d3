"""Whatever is published, in whatever chunks: without a whole secret in it, worlds are the same.

`KEYCHAIN_FUZZ_EXAMPLES` sets the number of examples of each property (default 20).
"""

from __future__ import annotations

import os
import re
from functools import cache

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from tests.support.oracle import guesses, targets
from tests.support.oracle.guesses import ACROSS, ONE_TO_ONE
from tests.support.oracle.targets import Target
from tests.support.oracle.worlds import OWN, World, world

EXAMPLES = int(os.environ.get("KEYCHAIN_FUZZ_EXAMPLES", "20"))
budget = settings(
    max_examples=EXAMPLES,
    deadline=None,
    suppress_health_check=list(HealthCheck),
    database=None,
)

WORLDS = ("one world", "another world")
NOISE = (
    *("\n", "\r\n", "\n    ", " ", "\b", "x\b", "\x1b[1m", "\x1b[", "...", "\u2026", "|", "'", '"'),
    *("<own>", "<target>", "</own>", "<", "=", "==", "%", "\\", "\\n", "a", "0", "." * 50),
)
_SEQUENCE = re.compile("\x1b(?:\\[[0-9;]*[A-Za-z]?)?")
_DROPPED = re.compile("[\\s\b]")


def targets_of(seed: str) -> list[Target]:
    return [*targets.targets(seed), *targets.of_low_entropy(seed)]


NAMES = [each.name for each in targets_of(WORLDS[0])]


@cache
def both(name: str) -> tuple[Target, Target]:
    """Return a target and the one that stands in its place in the other world."""
    one = next(each for each in targets_of(WORLDS[0]) if each.name == name)
    return one, targets.differing(one, WORLDS[1], targets_of)


@cache
def worlds(name: str, *, old_rule: bool) -> tuple[World, World]:
    known = [("first", targets.first_version(both(name)[0]))] if name == "second version" else []
    one, other = (
        world([*known, ("target", each.value)], given=["own", "first"], old_rule=old_rule)
        for each in both(name)
    )
    return one, other


@cache
def wholes(name: str) -> frozenset[str]:
    """Return what must not stand in a text: all of a secret, or of a line, however spelled."""
    found: set[str] = set()
    for target in both(name):
        if target.guessable:
            continue
        for line in target.secret.split("\n"):
            found.update(folded(spell(line)) for spell in ONE_TO_ONE)
            # Here a character says something about two of the line.
            across = [spell(line[1:-1]) for spell in ACROSS[:3]]
            found.update(map(folded, (*across, *map(guesses.in_hex, across))))
    return frozenset(found)


def folded(text: str) -> str:
    return _DROPPED.sub("", text).lower()


def holds_a_whole(name: str, text: str) -> bool:
    """Return whether a text holds the whole of a secret, with control sequences or without.

    Behind an unfinished sequence, the beginning of the secret would be the end of that.
    """
    readings = folded(text), folded(_SEQUENCE.sub("", text))
    return any(whole in reading for reading in readings for whole in wholes(name))


@st.composite
def texts(draw: st.DrawFn, name: str) -> str:
    """Pieces of the value in either world, of what the attacker was given, and noise."""
    values = [each.value for each in both(name)] + [each.secret for each in both(name)] + [OWN[1]]
    spelled = st.builds(
        lambda value, spell: spell(value),
        st.sampled_from(values),
        st.sampled_from((*ONE_TO_ONE, *ACROSS)),
    )
    beginnings = st.builds(
        lambda text, missing: text[: max(1, len(text) - missing)], spelled, st.integers(1, 400)
    )
    ends = st.builds(lambda text, missing: text[missing:], spelled, st.integers(1, 400))
    pieces = st.builds(
        lambda text, start, size: text[start : start + size],
        spelled,
        st.integers(0, 40),
        st.integers(1, 40),
    )
    parts = st.one_of(st.sampled_from(NOISE), spelled, beginnings, ends, pieces)
    text = "".join(draw(st.lists(parts, min_size=1, max_size=6)))
    assume(not holds_a_whole(name, text))
    return text


def published(each: World, text: str, chunks: list[int]) -> list[str]:
    """Return all that a reader could see of a text: whole, in chunks, by line, torn off."""
    seen = [each.publisher.redact(text)]
    stream = each.publisher.stream()
    start = 0
    for size in chunks:
        seen.append(stream.feed(text[start : start + size]))
        start += size
    seen += [stream.feed(text[start:]), stream.close()]
    stream = each.publisher.stream()
    seen += [*map(stream.feed, text.splitlines(keepends=True)), stream.close()]
    line = text.replace("\n", " ")
    seen.append(each.publisher.redact_torn(line, at_start=4, at_end=4))
    return seen


@pytest.mark.parametrize("name", NAMES)
def test_worlds_are_the_same_to_someone_who_was_not_given_the_secret(name: str) -> None:
    @budget
    @given(texts(name), st.lists(st.integers(1, 30), max_size=5))
    def check(text: str, chunks: list[int]) -> None:
        one, other = worlds(name, old_rule=False)
        assert published(one, text, chunks) == published(other, text, chunks)

    check()


@pytest.mark.parametrize("name", ["token of 26", "JSON"])
def test_a_secret_behind_an_unfinished_control_sequence_is_a_whole_secret(name: str) -> None:
    secret = both(name)[0].secret
    for unfinished in ("\x1b", "\x1b[", "\x1b[1;"):
        assert holds_a_whole(name, f"{unfinished}{secret}")
        assert not holds_a_whole(name, f"{unfinished}{secret[:-1]}")


@pytest.mark.parametrize("name", NAMES)
def test_generated_texts_tell_worlds_apart_where_everything_is_hidden(name: str) -> None:
    told_apart: list[bool] = []

    @settings(budget, max_examples=max(60, EXAMPLES), derandomize=True)
    @given(texts(name))
    def check(text: str) -> None:
        one, other = worlds(name, old_rule=True)
        if not any(told_apart):
            told_apart.append(published(one, text, []) != published(other, text, []))

    check()
    assert any(told_apart)
