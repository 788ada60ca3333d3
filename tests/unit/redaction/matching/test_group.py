"""Patterns around an anchor: one by one, in trees and along dense places the same is found."""

from __future__ import annotations

import random
from collections.abc import Iterable

import pytest

from buildbot_keychain.redaction.matching import group
from buildbot_keychain.redaction.matching.layer import Layer
from buildbot_keychain.redaction.matching.pattern import Pattern
from buildbot_keychain.redaction.matching.view import FoldedText


def covered(texts: Iterable[bytes], data: bytes) -> set[int]:
    spans = Layer(Pattern(0, text) for text in texts).find(FoldedText(data), final=True)
    return {at for span in spans for at in range(span.start, span.end)}


@pytest.mark.parametrize("few", [0, 12])
@pytest.mark.parametrize("dense", [1, 8])
def test_all_that_is_to_be_covered(few: int, dense: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(group, "FEW", few)
    monkeypatch.setattr(group, "DENSE", dense)
    source = random.Random(4)
    for _ in range(200):
        unit = bytes(source.choices(b"abc", k=source.randint(1, 4)))
        texts = {(unit * 12)[: source.randint(1, 20)] + b"x" * source.randint(0, 1) for _ in "1234"}
        pieces = [unit * source.randint(0, 9), b"x", unit[:1], unit * source.randint(0, 9)]
        data = b"".join(pieces)
        expected = {
            place
            for text in texts
            for start in range(len(data))
            if data.startswith(text, start)
            for place in range(start, start + len(text))
        }
        assert covered(texts, data) == expected
