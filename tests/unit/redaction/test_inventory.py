"""All secrets, and what is compiled of them for each set of names."""

from __future__ import annotations

import gc
from collections.abc import Iterable
from unittest import mock
from weakref import ref

import pytest

from buildbot_keychain.redaction import RedactionPolicy, inventory, packed
from buildbot_keychain.redaction.audience import Audience
from buildbot_keychain.redaction.inventory import Inventory
from buildbot_keychain.redaction.matching.layer import Layer
from buildbot_keychain.redaction.matching.pattern import Pattern
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
    layers = known.covered(frozenset(given)).snapshot().last.layers
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


def test_a_text_that_shows_many_secrets_has_each_compiled_once() -> None:
    values = [f"{number:02}{ONE}" for number in range(80)]
    made: list[int] = []

    def note(patterns: Iterable[Pattern], tier: str) -> Layer:
        layer = Layer(patterns, tier)
        made.extend({each.secret for each in layer.patterns})
        return layer

    with mock.patch.object(inventory, "INDEXED", 0), mock.patch.object(inventory, "Layer", note):
        known = holding(**{f"n{value[:2]}": value for value in values})
        for _ in range(2):
            shown = Audience(known, None).redact("\n".join(values))
            assert shown.split() == [f"<n{value[:2]}>" for value in values]
    assert sorted(made) == list(range(80))


def test_what_is_hidden_from_everybody_no_longer_is_not_kept() -> None:
    known = holding(a=f"{ONE}-1", c=TWO)
    assert is_open(known, f"{ONE}-1")
    texts = ref(known.secrets[0].open_texts)
    add(known, "a", f"{ONE}-2")
    assert not is_open(known, f"{ONE}-1")
    gc.collect()
    assert texts() is None


def test_what_is_added_has_its_words_before_a_text_needs_them() -> None:
    known = holding(a=ONE)
    with mock.patch.object(packed, "anchors_of") as found:
        assert is_open(known, ONE)
    found.assert_not_called()


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
