"""What is compiled of values that somebody chose, and when it is compiled again."""

from __future__ import annotations

import gc
from collections.abc import Iterable
from unittest import mock
from weakref import ReferenceType, ref

import pytest

from buildbot_keychain.redaction import RedactionPolicy, compiler, passing
from buildbot_keychain.redaction.audience import Audience
from buildbot_keychain.redaction.inventory import Inventory
from buildbot_keychain.redaction.matching.layer import Layer
from buildbot_keychain.redaction.matching.pattern import Pattern
from buildbot_keychain.redaction.matching.scanner import TIERS
from tests.support.reachable import reachable_text

ONE = "gT5wZk8Rq2MvXn7LcJ4p"
TWO = "Vb3Yx9Kd6HsQmFw1RtZa"


def add(known: Inventory, name: str, value: str) -> str:
    """Add a passing secret; return by what it is given."""
    return known.add(name, value, passing=True)[0]


def test_one_more_passing_secret_has_few_compiled_again() -> None:
    made: list[int] = []

    def note(patterns: Iterable[Pattern], tier: str) -> Layer:
        layer = Layer(patterns, tier)
        made.append(layer.size)
        return layer

    known = Inventory(RedactionPolicy(forms=()), TIERS[0])
    values = [f"{number:02}{ONE}" for number in range(30)]
    given: set[str] = set()
    with mock.patch.object(compiler, "Layer", note), mock.patch.object(passing, "TOGETHER", 8):
        for number, value in enumerate(values):
            given.add(add(known, f"n{number}", value))
            for names in (None, given):
                readers = Audience(known, names)
                assert readers.redact("\n".join(values)).count("<n") == number + 1
        assert max(made) <= 8
        made.clear()
        with known.lock:
            known.forget(min(given, key=len))
        assert Audience(known, None).redact("\n".join(values)).count("<n") == 29
    assert sum(made) <= 2 * 8


@pytest.mark.parametrize("indexed", [0, compiler.INDEXED])
def test_what_is_forgotten_is_not_kept(indexed: int) -> None:
    made: list[ReferenceType[Layer]] = []

    def note(patterns: Iterable[Pattern], tier: str) -> Layer:
        layer = Layer(patterns, tier)
        made.append(ref(layer))
        return layer

    with mock.patch.object(compiler, "INDEXED", indexed):
        known = Inventory(RedactionPolicy.build_log(), TIERS[0])
        with mock.patch.object(compiler, "Layer", note):
            key = add(known, "p", TWO)
            for given in (None, frozenset([key])):
                assert Audience(known, given).redact(TWO) == "<p>"
        patterns = ref(known.secrets[0].patterns)
        with known.lock:
            known.forget(key)
        gc.collect()
    assert made
    assert [layer() for layer in made] == [None] * len(made)
    assert patterns() is None


@pytest.mark.parametrize("given", [None, frozenset(["a"])])
def test_a_value_that_is_forgotten_is_not_kept_beside_others(given: frozenset[str] | None) -> None:
    known = Inventory(RedactionPolicy.build_log(), TIERS[0])
    known.add("a", ONE)
    key = add(known, "p", TWO)
    names = None if given is None else given | {key}
    assert Audience(known, names).redact(TWO) == "<p>"
    with known.lock:
        known.forget(key)
    assert Audience(known, given).redact(TWO) == TWO
    gc.collect()
    assert TWO not in reachable_text(known)
