"""Someone who guesses recovers a secret where everything is hidden, and nothing where it was not
given to them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial

import pytest

from tests.support.oracle import channels, guesses, targets
from tests.support.oracle.attacks import Attack, backwards, each_of, forwards, run
from tests.support.oracle.channels import Channel, asking
from tests.support.oracle.targets import Target
from tests.support.oracle.worlds import world

Case = tuple[Target, Channel, Callable[[], Attack]]

SEED = "attacked"
PINS = [f"{number:06}" for number in range(1_000_000)]
STRUCTURED = ("DSN", "netrc", "JSON", "PEM key")
"""Secrets of which the beginning is known."""


def cases() -> Iterator[tuple[str, Case]]:
    """Yield each attack with its name."""
    ten = targets.targets(SEED)
    for each in ten:
        yield (
            f"{each.name}, from its beginning in hex before a cut",
            (
                each,
                channels.before_a_cut,
                partial(forwards, each, guesses.in_hex, least=4),
            ),
        )
        yield (
            f"{each.name}, from its end in hex after a cut",
            (
                each,
                channels.after_a_cut,
                partial(backwards, each, guesses.in_hex, least=4),
            ),
        )
    for name in STRUCTURED:
        each = next(each for each in ten if each.name == name)
        yield (
            f"{name}, as it stands before a cut",
            (
                each,
                channels.before_a_cut,
                partial(forwards, each, guesses.in_json, least=4),
            ),
        )
    for name in ("netrc", "JSON"):
        each = next(each for each in ten if each.name == name)
        spell = guesses.in_json if name == "JSON" else guesses.raw
        yield (
            f"{name}, at the end of a text",
            (
                each,
                channels.whole,
                partial(forwards, each, spell, least=8),
            ),
        )
    yield from enumerations()


def enumerations() -> Iterator[tuple[str, Case]]:
    """Yield the attacks on what somebody can try all of."""
    number, netrc, second = targets.of_low_entropy(SEED)
    pin, word = targets.target("PIN", SEED), targets.target("word", SEED)
    yield "PIN, all of them", (pin, channels.listed, partial(each_of, PINS))
    # Not all of them, for the sake of time.
    some = [each for each in PINS if each[3:] == pin.secret[3:] and each[0] != "0"]
    yield "PIN, as a number", (pin, channels.as_number, partial(each_of, some))
    yield "word, all of them", (word, channels.listed, partial(each_of, targets.WORDS))
    yield "JSON with a number, all of them", (number, channels.listed, partial(each_of, PINS))
    yield (
        "netrc with a word, before a cut",
        (
            netrc,
            channels.before_a_cut,
            partial(forwards, netrc, guesses.raw, least=4),
        ),
    )
    yield (
        "second version, before a cut",
        (
            second,
            channels.before_a_cut,
            partial(forwards, second, guesses.raw, least=4),
        ),
    )


CASES = dict(cases())


def recovers(case: Case) -> bool:
    """Return whether an attack finds the secret out where everything is hidden."""
    target, channel, attack = case
    attacked = world([(target.name, target.value)], old_rule=True)
    return target.secret in run(attack(), asking(channel, attacked.publisher))


@pytest.mark.parametrize("name", CASES)
def test_an_attack_recovers_the_secret_where_everything_is_hidden(name: str) -> None:
    # A failure must not show the secret.
    assert recovers(CASES[name])


def learns(case: Case) -> bool:
    """Return whether an attack learns anything where the attacker was not given the secret."""
    target, channel, attack = case
    attacked = world([(target.name, target.value)], given=())
    return bool(run(attack(), asking(channel, attacked.publisher)))


@pytest.mark.parametrize("name", CASES)
def test_an_attack_learns_nothing_where_the_secret_was_not_given(name: str) -> None:
    assert not learns(CASES[name])
