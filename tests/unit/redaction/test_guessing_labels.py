"""Labels, names and other secrets' strength tell nothing of a secret that was not given.

An attacker may choose the name of a secret of their own, or its value: where a store lets people
write secrets of their team, or where a build declares a value that it made.
"""

from __future__ import annotations

import json
from functools import lru_cache

import pytest

from tests.support.oracle import guesses, targets
from tests.support.oracle.channels import whole
from tests.support.oracle.worlds import OTHERS, OWN, Secrets, world

STRONG = "gT5wZk8Rq2MvXn7LcJ4p"
OWN_VALUE = "hW3kPz7sYb9QfD2mKt6V"


# Tests look at the same secrets with one text after the other.
one_world = lru_cache(maxsize=4)(world)


def seen(secrets: Secrets, text: str, *, given: tuple[str, ...], old_rule: bool) -> str:
    publisher = one_world(tuple(secrets), given=given, old_rule=old_rule).publisher
    return whole(publisher, [text])[0]


def alike(
    secrets: tuple[Secrets, Secrets], text: str, *, given: tuple[str, ...] = (), old_rule: bool
) -> bool:
    one, other = (seen(each, text, given=given, old_rule=old_rule) for each in secrets)
    return one == other


def with_pin(*secrets: tuple[str, str]) -> tuple[Secrets, Secrets]:
    """Return the secrets of two worlds, in one of which the PIN is the one that is guessed."""
    return ([*secrets, ("pin", "482913")], [*secrets, ("pin", "761054")])


@pytest.mark.parametrize("given", [(), ("482913",)], ids=["not given", "given"])
def test_the_label_of_a_secret_named_like_a_guess(given: tuple[str, ...]) -> None:
    secrets = with_pin(("482913", STRONG))
    assert not alike(secrets, STRONG, given=given, old_rule=True)
    assert alike(secrets, STRONG, given=given, old_rule=False)


def test_the_label_of_a_secret_whose_name_contains_a_guess() -> None:
    secrets = with_pin(("team/482913/token", STRONG))
    assert not alike(secrets, STRONG, old_rule=True)
    assert alike(secrets, STRONG, old_rule=False)


def test_a_guessed_name_beside_a_value_that_was_given() -> None:
    """A label in a text is one thing, but only to those who may see it."""
    one, other = ([(name, STRONG)] for name in ("deploy/token", "other"))
    text = f"<deploy/token>{dict(OTHERS)['code']}"
    assert not alike((one, other), text, given=("code",), old_rule=True)
    assert alike((one, other), text, given=("code",), old_rule=False)


def test_the_label_that_stands_for_a_name_that_cannot_be_shown() -> None:
    secrets: tuple[Secrets, Secrets] = tuple(  # type: ignore[assignment]
        [("a\nb", STRONG), ("target", f"pw <{word}> 8Gk")] for word in ("secret", "sacred")
    )
    assert not alike(secrets, STRONG, given=("a\nb",), old_rule=True)
    assert alike(secrets, STRONG, given=("a\nb",), old_rule=False)


def test_the_label_of_a_secret_named_like_a_guess_of_what_stands_in_brackets() -> None:
    """Passwords that a program makes have brackets, and builds choose names of their values."""
    secrets = tuple(
        [("gx", OWN_VALUE), ("target", f"Zk8Rq2Mv<{guess}>XnLcJ4pT9wGh5")] for guess in ("gx", "q7")
    )
    for text in (OWN_VALUE, f"<gx> {OWN_VALUE}", "Zk8Rq2Mv<gx>XnLcJ4pT"):
        assert alike((secrets[0], secrets[1]), text, given=("gx",), old_rule=False)
    assert not alike((secrets[0], secrets[1]), OWN_VALUE, given=("gx",), old_rule=True)


@pytest.mark.parametrize("guessed", range(4, 10))
def test_text_that_a_value_shares_with_a_secret(guessed: int) -> None:
    """A value that was made of a guess and of just enough else is as strong as with a wrong one."""
    one = targets.target("token of 40", "one world")
    other = targets.differing(one, "another world")
    found = []
    for more in range(20):
        value = one.secret[:guessed] + STRONG[:more]
        secrets = ([("mine", value), ("t", one.value)], [("mine", value), ("t", other.value)])
        found.append(alike(secrets, value, old_rule=False))
    assert all(found)


@pytest.mark.parametrize("name", ["PEM key", "DSN", "JSON", "netrc"])
def test_a_part_of_a_secret_does_not_tell_its_name(name: str) -> None:
    """Only those who print it whole, or were given it, read what it is called."""
    target = targets.target(name, "one world")
    secrets = ([("first name", target.value)], [("second name", target.value)])
    part = target.secret.split("\n")[-1]
    assert not alike(secrets, part, old_rule=True)
    assert alike(secrets, part, old_rule=False)
    assert part not in seen(secrets[0], part, given=(), old_rule=False)


SERVICE_ACCOUNT = {
    "type": "service_account",
    "project_id": "example-project",
    "client_email": "deploy@example-project.iam.gserviceaccount.com",
    "token_uri": "https://oauth2.googleapis.com/token",
    "client_x509_cert_url": "https://www.googleapis.com/robot/v1/metadata/x509/"
    "deploy%40example-project.iam.gserviceaccount.com",
    "client_secret": STRONG,
}
PUBLIC = [each for name, each in SERVICE_ACCOUNT.items() if name != "client_secret"]


@pytest.mark.parametrize("text", PUBLIC)
@pytest.mark.parametrize("spell", guesses.ONE_TO_ONE[:8])
def test_what_everybody_knows_of_a_secret_is_not_hidden(text: str, spell: guesses.Spell) -> None:
    secrets = [("account", json.dumps(SERVICE_ACCOUNT, indent=2))]
    assert seen(secrets, spell(text), given=(), old_rule=False) == spell(text)


@pytest.mark.parametrize("target", targets.targets("one world"), ids=targets.names())
def test_what_stands_around_a_secret_part_is_not_hidden(target: targets.Target) -> None:
    secrets = [(target.name, target.value)]
    for text in (target.before, target.after, target.before + target.after):
        assert seen(secrets, text, given=(), old_rule=False) == text


WHOLE = [each for each in targets.targets("one world") if not each.guessable]


@pytest.mark.parametrize("target", WHOLE, ids=[each.name for each in WHOLE])
@pytest.mark.parametrize(
    "spell", [guesses.raw, guesses.in_json, guesses.in_hex, guesses.percent, *guesses.ACROSS[:3]]
)
def test_what_nobody_could_have_guessed_is_hidden(
    target: targets.Target, spell: guesses.Spell
) -> None:
    """A secret part of at least 60 bits, with nothing around it."""
    text = target.secret if target.before else target.value
    if target.line:  # of its lines there are fewer forms
        text = target.value if "\n" not in spell(target.value) else target.secret.split("\n")[0]
    shown = seen([(target.name, target.value)], f"It is {spell(text)}.", given=(), old_rule=False)
    assert bool(spell(text)[2:-2] not in shown)


def test_a_secret_that_was_given_is_hidden_as_before() -> None:
    attacked = world([("target", STRONG)], given=("target",))
    old = world([("target", STRONG)], old_rule=True)
    for text in guesses.guesses(targets.Target("target", STRONG, STRONG)):
        assert bool(attacked.publisher.redact(text) == old.publisher.redact(text))
    assert attacked.publisher.redact(OWN[1]) == "<secret>"
