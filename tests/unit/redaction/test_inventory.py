"""All secrets, and what is compiled of them for each set of names."""

from __future__ import annotations

from unittest import mock

import pytest

from buildbot_keychain.redaction import inventory
from buildbot_keychain.redaction.inventory import Inventory
from tests.support.inventories import holding, is_open

ONE = "gT5wZk8Rq2MvXn7LcJ4p"
TWO = "Vb3Yx9Kd6HsQmFw1RtZa"


def add(known: Inventory, name: str, value: str, *, passing: bool = False) -> str:
    return known.add(name, value, passing=passing)[0]


def names(known: Inventory, *given: str) -> list[str]:
    """Return the names of secrets of which layers are compiled for an audience."""
    layers = known.covered(frozenset(given)).snapshot().last.layers
    return sorted({known.secrets[each.secret].name for layer in layers for each in layer.patterns})


def test_equal_sets_share_what_is_compiled() -> None:
    known = holding(a=ONE, b=TWO)
    assert known.covered(frozenset(["a"])) is known.covered(frozenset(["a"]))
    assert names(known, "a") == ["a"]
    assert names(known, "a", "b", "never added") == ["a", "b"]
    assert known.everything.snapshot().open_layers == ()


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


def test_passing_secrets_have_a_bound_of_their_own() -> None:
    known = holding()
    with mock.patch.multiple(inventory, MOST=1, MOST_PASSING=1):
        first = add(known, "a", ONE, passing=True)
        add(known, "b", TWO, passing=True)
        add(known, "c", f"{ONE}-c")
        assert known.fewer_forms == {"b"}
        with known.lock:
            known.forget(first)
    with mock.patch.object(inventory, "LARGEST_PASSING", 1):
        add(known, "d", TWO, passing=True)
    add(known, "e", f"{TWO}-e")
    assert known.fewer_forms == {"b", "d"}


@pytest.mark.parametrize("given", [None, frozenset({"one", "two"})])
def test_what_a_text_waits_for_is_counted_again_when_there_is_more(
    given: frozenset[str] | None,
) -> None:
    known = holding(one=ONE)
    waits_for = known.everything if given is None else known.covered(given)
    (one,) = known.secrets
    assert [known.lag(given) for _ in range(2)] == [one.patterns.count] * 2
    add(known, "two", TWO)
    assert known.lag(given) == sum(secret.patterns.count for secret in known.secrets)
    waits_for.snapshot()
    assert known.lag(given) == 0
