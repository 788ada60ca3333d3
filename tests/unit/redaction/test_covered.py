"""What is compiled of the secrets that were given to an audience."""

from __future__ import annotations

import gc
import hashlib
import itertools
from contextlib import ExitStack
from functools import partial
from threading import Thread
from typing import Any
from unittest import mock
from weakref import ref

import pytest

from buildbot_keychain.redaction import (
    RedactionPolicy,
    Redactor,
    compiler,
    covered,
    open_texts,
    recent,
)
from buildbot_keychain.redaction.audience import Audience
from buildbot_keychain.redaction.inventory import Inventory
from buildbot_keychain.redaction.matching import kept_layers, later, layers
from buildbot_keychain.redaction.matching.finder import Together
from buildbot_keychain.redaction.matching.indexed_layer import IndexedLayer
from buildbot_keychain.redaction.matching.indexed_open_layer import IndexedOpenLayer
from buildbot_keychain.redaction.matching.layer import Layer
from buildbot_keychain.redaction.matching.scanner import TIERS
from buildbot_keychain.redaction.packed import PackedPatterns
from tests.support.inventories import holding
from tests.support.oracle.work import calls

ONE = "gT5wZk8Rq2MvXn7LcJ4p"
TWO = "Vb3Yx9Kd6HsQmFw1RtZa"


def value_of(name: str) -> str:
    """Return the value of a secret, which has nothing in common with others."""
    return hashlib.sha256(name.encode()).hexdigest()[:24]


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


def test_what_was_given_is_not_looked_for_as_what_is_hidden_from_all() -> None:
    redactor = Redactor(RedactionPolicy.build_log())
    redactor.add("own", ONE)
    redactor.add("other", TWO)
    readers = redactor.seen_by({"own"})
    assert readers.redact(f"{ONE} {ONE.encode().hex()}") == "<own> <own>"
    assert calls(lambda: readers.redact(f"{ONE[1:]} {ONE}"))["open_layer.py:open_layer"] == 0
    assert readers.redact(f"{TWO} {ONE}") == "<secret> <own>"


def test_what_is_compiled_ahead_is_taken_by_all_texts() -> None:
    values = {f"n{number}": value_of(f"n{number}") for number in range(covered.FEW + 8)}
    known = holding()
    for name, value in values.items():
        known.add(name, value, ahead=True)
    given = frozenset(values)
    assert known.lag(None) == known.lag(given) == 0
    with mock.patch.object(compiler, "Layer", side_effect=MemoryError):
        for covers in (known.everything, known.covered(given)):
            assert sum(layer.size for layer in covers.snapshot().layers) == known._count
    known.settle()
    assert names(known, *values) == sorted(values)


def test_what_is_compiled_for_an_audience_ends_with_it() -> None:
    """It needs no garbage collection, which a master with many builders hardly ever does."""
    known = holding(a=ONE)
    gc.disable()
    try:
        with mock.patch.object(recent, "RECENT", 0), mock.patch.object(kept_layers, "KEPT", 0):
            layers_of = known.covered(frozenset("a")).snapshot().layers
        kept = [ref(layer) for layer in layers_of]
        del layers_of
        assert [each() for each in kept] == [None]
    finally:
        gc.enable()


def test_very_many_are_compiled_while_others_may_be_added() -> None:
    known = holding(**{name: value_of(name) for name in map(str, range(6))})
    locked: list[bool] = []

    def compiling(made: type, *arguments: Any) -> Any:
        locked.append(known.lock.locked())
        if not any(locked):
            known.add(late := f"late {len(locked)}", value_of(late))
        return made(*arguments)

    with ExitStack() as patches:
        for place, limit in ((compiler, "INDEXED"), (open_texts, "AHEAD"), (covered, "AHEAD")):
            patches.enter_context(mock.patch.object(place, limit, 150))
        patches.enter_context(mock.patch.object(layers, "SMALL", 0))
        for place, made in ((compiler, IndexedLayer), (open_texts, IndexedOpenLayer)):
            patched = mock.patch.object(place, made.__name__, partial(compiling, made))
            patches.enter_context(patched)
        text = f"{value_of('late 1')} {value_of('late 2')} {value_of('0')}"
        assert Audience(known, None).redact(text) == f"<late 1> {value_of('late 2')} <0>"
        assert locked == [False]
        assert Audience(known, frozenset()).redact(text) == "<secret> <secret> <secret>"
    assert locked[1] is False
    assert locked[2:] == [True]  # of the late one, which is not much


def test_what_waits_for_very_many_does_not_compile_them_again() -> None:
    known = holding(**{f"n{number}": f"{number:02}{ONE}" for number in range(3)})
    everything = known.everything
    made, waiting = list[IndexedLayer[PackedPatterns]](), list[Thread]()

    def compiling(*arguments: Any) -> IndexedLayer[PackedPatterns]:
        waiting.append(Thread(target=everything.snapshot))
        waiting[-1].start()
        made.append(IndexedLayer(*arguments))
        return made[-1]

    with (
        mock.patch.object(compiler, "INDEXED", 100),
        mock.patch.object(compiler, "IndexedLayer", compiling),
    ):
        (layer,) = everything.snapshot().layers
        waiting[0].join()
    assert made == [layer]


def test_what_a_text_takes_in_while_it_is_compiled_for_another_is_taken_in_once() -> None:
    known = holding(**{name: value_of(name) for name in ("n0", "n1", "n2")})
    counts = [secret.patterns.count for secret in known.secrets]
    made = list[Layer]()

    def compiling(*arguments: Any) -> Layer:
        made.append(Layer(*arguments))
        if len(made) == len(counts):  # all but this one are kept
            known.everything.snapshot()
        return made[-1]

    with (
        mock.patch.object(covered, "AHEAD", max(counts) + 1),
        mock.patch.object(compiler, "Layer", compiling),
    ):
        known.everything.snapshot()
    assert sum(layer.size for layer in known.everything.layers) == sum(counts)


def test_very_many_patterns_are_indexed_and_all_at_once() -> None:
    known = holding(**{f"n{number}": f"{number:02}{ONE}" for number in range(3)})
    count = sum(secret.patterns.count for secret in known.secrets)
    with mock.patch.object(compiler, "INDEXED", count), mock.patch.object(layers, "SMALL", 0):
        (layer,) = known.everything.snapshot().layers
        assert isinstance(layer, IndexedLayer)
        assert names(known, "n0", "n2") == ["n0", "n2"]
        known.add("more", TWO)
        one, other = known.everything.snapshot().layers
    assert (one, isinstance(other, IndexedLayer)) == (layer, False)


@pytest.mark.parametrize("audiences", [0, recent.RECENT])
def test_secrets_that_builds_are_given_one_after_another_are_compiled_once(audiences: int) -> None:
    """For all builds. A scanner for all of them is compiled when there is much text."""
    values = {f"n{number}": value_of(f"n{number}") for number in range(10)}
    known = holding(**values)
    with (
        mock.patch.object(recent, "RECENT", audiences),
        mock.patch.object(compiler, "Layer", wraps=Layer) as compiled,
        mock.patch.object(later, "Together") as together,
    ):
        for _ in range(10):
            given: set[str] = set()
            readers = Audience(known, given)
            for name, value in values.items():
                given.add(name)
                assert readers.redact(f"is {value}") == f"is <{name}>"
    assert compiled.call_count == len(values)
    together.assert_not_called()
    text = "a line of a log\n" * 10_000
    with mock.patch.object(later, "Together", wraps=Together) as together:
        stream = readers.stream()
        for _ in range(4):
            assert stream.feed(text) == text
    assert together.call_count == (TIERS[0] == "native")


def test_many_that_are_given_one_after_another_are_merged() -> None:
    values = {f"n{number}": value_of(f"n{number}") for number in range(20)}
    known = holding(**values)
    given: set[str] = set()
    readers = Audience(known, given)
    for name in values:
        given.add(name)
        readers.snapshot()
    known.settle()
    snapshot = readers.snapshot()
    assert len(snapshot.layers) <= covered.FEW
    assert readers.redact(" ".join(values.values())) == " ".join(f"<{name}>" for name in values)
