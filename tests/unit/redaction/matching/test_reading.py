"""Starts of texts that repeat themselves, in other case or with line ends between."""

from __future__ import annotations

from functools import partial

import pytest

from buildbot_keychain.redaction.matching import dense_places, view
from buildbot_keychain.redaction.matching import reading as module
from buildbot_keychain.redaction.matching.layer import Layer
from buildbot_keychain.redaction.matching.normalisation import Normalisation, fold
from buildbot_keychain.redaction.matching.pattern import Pattern
from buildbot_keychain.redaction.matching.prefix_tree import common_prefix
from buildbot_keychain.redaction.matching.view import FoldedText
from tests.support.oracle.work import calls

PRINTED = {
    "as it is": lambda size: b"ab" * size,
    "half of it in other case": lambda size: b"ab" * (size // 2) + b"AB" * (size // 2),
    "the end in other case": lambda size: b"ab" * size + b"AB" * 4,
    "on lines as long as itself": lambda size: (b"ab" * size + b"\n") * 3 + b"ab" * (size // 2),
    "its beginnings, each longer": lambda size: b"".join(
        b"ab" * (each * size // 60) + b"\n" for each in range(1, 60)
    ),
}


@pytest.mark.parametrize("printed", PRINTED)
def test_openings_take_no_longer(printed: str) -> None:
    steps = []
    for size in (1000, 2000):
        layer = Layer([Pattern(0, b"ab" * size, Normalisation.JOINED)])
        text = FoldedText(PRINTED[printed](size))
        steps.append(sum(calls(partial(layer.opening, text, 0)).values()))
    assert steps[1] < 1.5 * steps[0]


def test_a_longer_pattern_is_not_read_as_a_whole(monkeypatch: pytest.MonkeyPatch) -> None:
    """Its length must not count for each line that may begin it."""
    looked_at = 0

    def counting(data: bytes) -> bytes:
        nonlocal looked_at
        looked_at += len(data)
        return fold(data)

    def comparing(one: bytes, other: bytes, start: int = 0) -> int:
        nonlocal looked_at
        looked_at += min(len(one), len(other) - start)
        return common_prefix(one, other, start)

    text = FoldedText(b"ab" * 200)
    layer = Layer([Pattern(0, b"ab" * 100_000 + b"X")])
    for each in (module, view):
        monkeypatch.setattr(each, "fold", counting)
    for other in (module, dense_places):
        monkeypatch.setattr(other, "common_prefix", comparing)
    assert layer.opening(text, 0).start == 0
    assert looked_at < 20 * len(text.data)


@pytest.mark.parametrize("many", [2, 32])
@pytest.mark.parametrize("value", [b"ab", b"aBab", b"aBabAbab", b"abABabaBAb", b"ab aBa b"])
def test_the_first_that_reads_as_the_pattern(
    value: bytes, many: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "MANY", many)
    whole = value * 60
    layer = Layer([Pattern(0, whole)])
    for size in range(10, 80, 7):
        for before in (b"ab" * 20, b"AB" * 20, b"abAB" * 10, value[2:] * 20):
            text = before + whole[:size]
            first = next(at for at in range(len(text)) if whole.startswith(text[at:]))
            assert layer.opening(FoldedText(text), 0).start == first
