"""All secrets, and what is compiled of them for each set of names."""

from __future__ import annotations

from unittest import mock

from buildbot_keychain.redaction import RedactionPolicy, inventory
from buildbot_keychain.redaction.audience import Audience
from buildbot_keychain.redaction.inventory import Inventory
from buildbot_keychain.redaction.matching.scanner import TIERS

ONE = "gT5wZk8Rq2MvXn7LcJ4p"
TWO = "Vb3Yx9Kd6HsQmFw1RtZa"


def holding(**secrets: str) -> Inventory:
    result = Inventory(RedactionPolicy.build_log(), TIERS[0])
    for name, value in secrets.items():
        add(result, name, value)
    return result


def add(known: Inventory, name: str, value: str, *, passing: bool = False) -> str:
    return known.add(name, value, passing=passing)[0]


def names(known: Inventory, *given: str) -> list[str]:
    """Return the names of secrets of which layers are compiled for an audience."""
    layers = known.covered(frozenset(given)).snapshot().layers
    return sorted({known.secrets[each.secret].name for layer in layers for each in layer.patterns})


def is_open(known: Inventory, text: str) -> bool:
    """Return whether a text is hidden from everybody."""
    return Audience(known, frozenset()).redact(text) != text


def test_equal_sets_share_what_is_compiled() -> None:
    known = holding(a=ONE, b=TWO)
    assert known.covered(frozenset(["a"])) is known.covered(frozenset(["a"]))
    assert names(known, "a") == ["a"]
    assert names(known, "a", "b", "never added") == ["a", "b"]
    assert known.everything.snapshot().open_layers == ()


def test_versions_that_share_too_much_are_hidden_from_nobody_but_those_they_were_given_to() -> None:
    known = holding(a=f"{ONE}-1", c=TWO)
    assert is_open(known, f"{ONE}-1")
    assert is_open(known, TWO)
    add(known, "a", f"{ONE}-2")
    assert not is_open(known, f"{ONE}-1")
    assert not is_open(known, f"{ONE}-2")
    assert is_open(known, TWO)


def test_a_passing_secret_is_nobody_elses_and_its_place_is_used_again() -> None:
    known = holding(a=ONE)
    key = add(known, "p", TWO, passing=True)
    assert key != "p"
    assert names(known, key) == ["p"]
    assert names(known, "p") == []
    assert not is_open(known, TWO)
    with known.lock:
        known.forget(key)
        known.forget(key)
    assert names(known, key) == []
    again = add(known, "q", TWO, passing=True)
    assert (again != key, len(known.secrets)) == (True, 2)


def test_beyond_the_bound_new_values_have_fewer_forms() -> None:
    known = holding(a=ONE)
    with mock.patch.object(inventory, "MOST", 1):
        add(known, "b", TWO)
    assert known.fewer_forms == {"b"}
    assert names(known, "b") == ["b"]
