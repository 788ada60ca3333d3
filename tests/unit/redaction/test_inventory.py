"""All secrets, and what is compiled of them for each set of names."""

from __future__ import annotations

import itertools
from unittest import mock

from buildbot_keychain.redaction import RedactionPolicy, inventory
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


def open_texts(known: Inventory) -> set[bytes]:
    layers = known.covered(frozenset()).snapshot().open_layers
    return {pattern.text for layer in layers for pattern in layer.patterns}


def test_equal_sets_share_what_is_compiled() -> None:
    known = holding(a=ONE, b=TWO)
    assert known.covered(frozenset(["a"])) is known.covered(frozenset(["a"]))
    assert names(known, "a") == ["a"]
    assert names(known, "a", "b", "never added") == ["a", "b"]
    assert known.everything.snapshot().open_layers == ()


def test_one_more_secret_costs_what_one_secret_costs() -> None:
    long = {f"n{number}": f"{number:02}{ONE}é" * 40 for number in range(6)}
    known = holding(**long)
    given: list[str] = []
    made = []
    layers = []
    for name in long:
        given.append(name)
        covered = known.covered(frozenset(given))
        layers.append(covered.snapshot().layers)
        made.append(covered)
        assert names(known, *given) == given
    assert all(set(fewer[:-1]) <= set(more) for fewer, more in itertools.pairwise(layers))
    assert names(known, "n3", "n5") == ["n3", "n5"]


def test_what_is_added_is_in_the_next_snapshot() -> None:
    known = holding(a=ONE)
    covered = known.covered(frozenset(["a", "b"]))
    before = covered.snapshot()
    assert covered.snapshot() is before
    add(known, "b", TWO)
    assert covered.latest is None
    assert covered.snapshot() is not before
    assert names(known, "a", "b") == ["a", "b"]


def test_versions_that_share_too_much_are_hidden_from_nobody_but_those_they_were_given_to() -> None:
    known = holding(a=f"{ONE}-1", c=TWO)
    assert {f"{ONE}-1".encode(), TWO.encode()} <= open_texts(known)
    add(known, "a", f"{ONE}-2")
    assert f"{ONE}-1".encode() not in open_texts(known)
    assert f"{ONE}-2".encode() not in open_texts(known)
    assert TWO.encode() in open_texts(known)


def test_a_passing_secret_is_nobody_elses_and_its_place_is_used_again() -> None:
    known = holding(a=ONE)
    key = add(known, "p", TWO, passing=True)
    assert key != "p"
    assert names(known, key) == ["p"]
    assert names(known, "p") == []
    assert TWO.encode() not in open_texts(known)
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
