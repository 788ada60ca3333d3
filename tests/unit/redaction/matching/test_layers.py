"""How layers grow: what is new is hidden at once, and what is large is merged beside it."""

from __future__ import annotations

import itertools
import threading
from collections.abc import Iterable, Iterator
from typing import Any
from unittest import mock

import pytest

from buildbot_keychain.redaction import RedactionPolicy, Redactor, compiler, covered
from buildbot_keychain.redaction.matching import layers
from buildbot_keychain.redaction.matching.layer import Layer
from buildbot_keychain.redaction.matching.merged_layer import MergedLayer

SECRETS = [f"value-{number:05d}-of-many" for number in range(200)]


@pytest.fixture(autouse=True)
def few_layers_are_none() -> Iterator[None]:
    with mock.patch.object(covered, "FEW", 0):
        yield


def redactor_of(values: Iterable[str]) -> Redactor:
    redactor = Redactor(RedactionPolicy.raw())
    for value in values:
        redactor.add("s", value)
        redactor.redact("a line\n")
    return redactor


def sizes(redactor: Redactor) -> list[int]:
    redactor.settle()
    return [len(layer.patterns) for layer in redactor.seen_by(None).snapshot().layers]


def test_layers_are_few_and_hold_everything() -> None:
    redactor = redactor_of(SECRETS)
    found = sizes(redactor)
    assert sum(found) == len(SECRETS)
    assert all(one >= layers.RATIO * other for one, other in itertools.pairwise(found))
    assert redactor.redact("\n".join(SECRETS)) == "\n".join("<s>" for _ in SECRETS)


def test_a_layer_that_cannot_be_built_loses_nothing() -> None:
    redactor = redactor_of(["first-secret"])
    redactor.add("s", "second-secret")
    broken = mock.patch.object(compiler, "Layer", side_effect=MemoryError)
    with broken, pytest.raises(MemoryError):
        redactor.redact("a line\n")
    assert redactor.redact("first-secret second-secret") == "<s> <s>"


def test_without_a_thread_the_layers_serve_as_they_are() -> None:
    refused = RuntimeError("can't start new thread")
    with mock.patch.object(threading.Thread, "start", side_effect=refused):
        redactor = redactor_of(SECRETS)
    redactor.settle()
    assert redactor.redact("\n".join(SECRETS)) == "\n".join("<s>" for _ in SECRETS)


class Slow:
    """Makes layers of several, which wait until they may."""

    def __init__(self) -> None:
        self.asked = threading.Event()
        self.may = threading.Event()
        self.fail = False

    def __call__(self, *arguments: Any) -> Layer:
        self.asked.set()
        self.may.wait(60)
        if self.fail:
            raise MemoryError
        return MergedLayer(*arguments)


def test_while_layers_are_merged_new_secrets_are_hidden_at_once() -> None:
    slow = Slow()
    with mock.patch.object(compiler, "MergedLayer", slow):
        redactor = redactor_of(SECRETS[:100])
        assert slow.asked.wait(60)
        stream = redactor.stream()
        for value in SECRETS[100:140]:
            redactor.add("s", value)
            assert stream.feed(f"{value} {SECRETS[0]} {SECRETS[99]}\n") == "<s> <s> <s>\n"
        slow.may.set()
        assert sum(sizes(redactor)) == 140
    assert stream.feed(f"{SECRETS[139]} {SECRETS[0]}\n") == "<s> <s>\n"


@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")
def test_a_merge_that_fails_loses_nothing() -> None:
    slow = Slow()
    slow.fail = True
    slow.may.set()
    with mock.patch.object(compiler, "MergedLayer", slow):
        redactor = redactor_of(SECRETS[:100])
        assert sum(sizes(redactor)) == 100
    assert redactor.redact(" ".join(SECRETS[:100])) == " ".join(["<s>"] * 100)
    redactor.add("s", SECRETS[100])
    redactor.redact("the next one merges")
    assert len(sizes(redactor)) < 3


class Sized:
    """A compiled form of parts that knows them."""

    def __init__(self, parts: list[int]) -> None:
        self.parts = parts
        self.size = len(parts)


def test_a_thread_that_ends_late_does_not_disturb_the_next_one() -> None:
    """A thread that has nothing more to merge is held just before it ends."""
    ended, end, second, go_on = (threading.Event() for _ in range(4))

    def compiled(parts: list[int]) -> Sized:
        if threading.current_thread() is not threading.main_thread() and ended.is_set():
            second.set()
            go_on.wait(60)
        return Sized(parts)

    lock = threading.Lock()
    held = layers.Layers[int, Sized](compiled, lock, lambda: None)
    begin = held._begin

    def begin_late() -> Any:
        merging = begin()
        if not merging and not ended.is_set():
            ended.set()
            end.wait(60)
        return merging

    def add(*parts: int) -> None:
        with lock:
            held.add(parts)

    with (
        mock.patch.multiple(layers, SMALL=0, RATIO=2),
        mock.patch.object(held, "_begin", begin_late),
    ):
        add(1)
        add(2)
        assert ended.wait(60)
        (first,) = (each for each in threading.enumerate() if each.name == "redaction")
        add(3)
        add(4)
        assert second.wait(60)
        end.set()
        first.join(60)
        add(5)
        add(*range(6, 12))
        go_on.set()
        held.settle()
    assert sorted(part for layer in held for part in layer.parts) == list(range(1, 12))
