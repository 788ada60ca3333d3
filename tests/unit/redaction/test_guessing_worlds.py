"""What a reader sees does not depend on a secret that nobody gave them, unless they printed it.

Everything that could be guessed is published in two worlds whose secrets differ only in what
nobody knows. Under the rule that hides everything the worlds are told apart; where the reader was
not given the secret they are the same, byte for byte.
"""

from __future__ import annotations

import pytest

from tests.support.oracle import channels, targets
from tests.support.oracle.channels import CHANNELS, Channel, by_character
from tests.support.oracle.guesses import guesses
from tests.support.oracle.noise import NOISES
from tests.support.oracle.targets import Target
from tests.support.oracle.worlds import World, differences, world

EVERY_TEXT = frozenset({channels.whole, channels.at_once, channels.before_a_cut})
"""Channels on which everything is published; on the others, a part of it."""

PART = 11
SHORT = 200
"""Characters of the longest text that is fed character by character."""


def targets_of(seed: str) -> list[Target]:
    return [*targets.targets(seed), *targets.of_low_entropy(seed)]


TARGETS = {each.name: each for each in targets_of("one world")}


def texts(target: Target) -> list[str]:
    """Return every guess as it is and, by turns, with each kind of noise."""
    plain = list(guesses(target))
    return plain + [NOISES[at % len(NOISES)](each) for at, each in enumerate(plain[::3])]


def worlds(target: Target, *, old_rule: bool) -> tuple[World, World]:
    other = targets.differing(target, "another world", targets_of)
    first = [("first", targets.first_version(target))] if target.name == "second version" else []
    one, two = (
        world([*first, (each.name, each.value)], given=["own", "first"], old_rule=old_rule)
        for each in (target, other)
    )
    return one, two


def some_of(published: list[str], channel: Channel, number: int) -> list[str]:
    if channel in EVERY_TEXT:
        return published
    some = published[number % PART :: PART]
    return [each for each in some if len(each) < SHORT] if channel is by_character else some


@pytest.mark.parametrize("name", TARGETS)
def test_where_everything_is_hidden_guesses_tell_worlds_apart(name: str) -> None:
    one, other = worlds(TARGETS[name], old_rule=True)
    assert differences(one, other, texts(TARGETS[name]), [channels.before_a_cut])


@pytest.mark.parametrize("name", TARGETS)
def test_where_the_secret_was_not_given_no_guess_tells_worlds_apart(name: str) -> None:
    one, other = worlds(TARGETS[name], old_rule=False)
    published = texts(TARGETS[name])
    found: list[str] = []
    for number, channel in enumerate(CHANNELS):
        found += differences(one, other, some_of(published, channel, number), [channel])
    assert found == []


@pytest.mark.parametrize("channel", CHANNELS, ids=lambda channel: channel.__name__)
def test_every_channel_tells_some_secrets_apart_where_everything_is_hidden(
    channel: Channel,
) -> None:
    found = []
    for name in ("netrc", "PIN"):
        one, other = worlds(TARGETS[name], old_rule=True)
        some = some_of(texts(TARGETS[name]), channel, 0)
        found += differences(one, other, some, [channel])
    assert found
