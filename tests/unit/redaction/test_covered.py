"""What is compiled of the secrets that were given to an audience."""

from __future__ import annotations

import itertools
from unittest import mock

from buildbot_keychain.redaction import RedactionPolicy, inventory
from buildbot_keychain.redaction.inventory import Inventory
from buildbot_keychain.redaction.matching import layers
from buildbot_keychain.redaction.matching.indexed_layer import IndexedLayer
from buildbot_keychain.redaction.matching.scanner import TIERS

ONE = "gT5wZk8Rq2MvXn7LcJ4p"
TWO = "Vb3Yx9Kd6HsQmFw1RtZa"


def holding(**secrets: str) -> Inventory:
    result = Inventory(RedactionPolicy.build_log(), TIERS[0])
    for name, value in secrets.items():
        result.add(name, value)
    return result


def names(known: Inventory, *given: str) -> list[str]:
    """Return the names of secrets of which layers are compiled for an audience."""
    found = known.covered(frozenset(given)).snapshot().layers
    return sorted({known.secrets[each.secret].name for layer in found for each in layer.patterns})


def test_one_more_secret_costs_what_one_secret_costs() -> None:
    long = {f"n{number}": f"{number:02}{ONE}é" * 40 for number in range(6)}
    known = holding(**long)
    given: list[str] = []
    made = []
    found = []
    for name in long:
        given.append(name)
        covered = known.covered(frozenset(given))
        found.append(covered.snapshot().layers)
        made.append(covered)
        assert names(known, *given) == given
    assert all(set(fewer[:-1]) <= set(more) for fewer, more in itertools.pairwise(found))
    assert names(known, "n3", "n5") == ["n3", "n5"]


def test_what_is_added_is_in_the_next_snapshot() -> None:
    known = holding(a=ONE)
    covered = known.covered(frozenset(["a", "b"]))
    before = covered.snapshot()
    assert covered.snapshot() is before
    known.add("b", TWO)
    assert covered.latest is None
    assert covered.snapshot() is not before
    assert names(known, "a", "b") == ["a", "b"]


def test_very_many_patterns_are_indexed_and_all_at_once() -> None:
    known = holding(**{f"n{number}": f"{number:02}{ONE}" for number in range(3)})
    count = sum(secret.patterns.count for secret in known.secrets)
    with mock.patch.object(inventory, "INDEXED", count), mock.patch.object(layers, "SMALL", 0):
        (layer,) = known.everything.snapshot().layers
        assert isinstance(layer, IndexedLayer)
        assert names(known, "n0", "n2") == ["n0", "n2"]
        known.add("more", TWO)
        one, other = known.everything.snapshot().layers
    assert (one, isinstance(other, IndexedLayer)) == (layer, False)
