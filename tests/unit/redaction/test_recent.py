"""What is compiled for the last audiences."""

from __future__ import annotations

import hashlib
import itertools

import pytest

from buildbot_keychain.redaction import RedactionPolicy, recent
from buildbot_keychain.redaction.inventory import Inventory
from buildbot_keychain.redaction.matching import kept_layers
from buildbot_keychain.redaction.matching.scanner import TIERS

NAMES = [f"n{number}" for number in range(40)]


@pytest.fixture(name="known")
def of_many_secrets() -> Inventory:
    known = Inventory(RedactionPolicy(forms=()), TIERS[0])
    for name in NAMES:
        known.add(name, hashlib.sha256(name.encode()).hexdigest())
    return known


def test_it_is_kept_up_to_a_number_of_patterns(
    known: Inventory, monkeypatch: pytest.MonkeyPatch
) -> None:
    count = known.secrets[0].patterns.count
    most = 10 * count
    monkeypatch.setattr(recent, "KEPT", most)
    monkeypatch.setattr(kept_layers, "KEPT", most)
    for first, number in itertools.product(range(25), range(1, 16)):
        known.covered(frozenset(NAMES[first : first + number])).snapshot()
        assert known._recent.size <= most + 15 * count
        assert known.compiler.layer_of.size <= most


def test_passing_ones_count(known: Inventory) -> None:
    first = known.covered(frozenset(NAMES[:1]))
    first.snapshot()
    size = known._recent.size
    key, _ = known.add("lent", "Hq7mV2cRk9Tz4WbL", passing=True)
    both = known.covered(frozenset([NAMES[0], key]))
    both.snapshot()
    assert known._recent.size == size + known.secrets[-1].patterns.count
    known.forget(key)
    assert known._recent.size == size


def test_what_texts_came_for_last_is_kept(
    known: Inventory, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(recent, "RECENT", 2)
    snapshots = {}
    for name in ("n0", "n1", "n0", "n2"):
        snapshots[name] = known.covered(frozenset([name])).snapshot()
    for name, kept in (("n0", True), ("n2", True), ("n1", False)):
        again = known.covered(frozenset([name])).snapshot()
        assert (again is snapshots[name]) is kept
