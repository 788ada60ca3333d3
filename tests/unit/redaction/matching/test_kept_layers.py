"""What was compiled of very many secrets is kept: some of it, for a while."""

from __future__ import annotations

import pickle
from collections.abc import Iterator
from unittest import mock

import pytest

from buildbot_keychain.redaction.matching import kept_layers
from buildbot_keychain.redaction.matching.kept_layers import KeptLayers, compiled_for
from buildbot_keychain.redaction.matching.scanner import TIERS
from buildbot_keychain.redaction.matching.view import FoldedText
from buildbot_keychain.redaction.matching.words import Owners, WordIndex

WORDS = (b"one-word", b"another", b"the-third")


class Part:
    """What may be dropped."""


class Compiled:
    """Of four patterns."""

    size = 4


class Compiling:
    """Notes what is compiled."""

    def __init__(self) -> None:
        self.asked: list[object] = []

    def __call__(self, part: object) -> Compiled:
        self.asked.append(part)
        return Compiled()


@pytest.fixture(name="compiling")
def few_are_kept() -> Iterator[Compiling]:
    with mock.patch.multiple(kept_layers, KEPT=8, KEPT_FOR_TEXT=10, EACH=1):
        yield Compiling()


def test_what_was_asked_for_last_is_kept_up_to_a_number_of_patterns(compiling: Compiling) -> None:
    kept: KeptLayers[Part, Compiled] = KeptLayers(compiling)
    one, two, three = Part(), Part(), Part()
    first = kept(one)
    kept(two)
    assert kept(one) is first
    kept(three)
    assert kept(one) is first
    assert compiling.asked == [one, two, three]
    kept(two)
    assert compiling.asked == [one, two, three, two]


def test_with_a_part_goes_what_was_compiled_of_it() -> None:
    kept: KeptLayers[Part, Compiled] = KeptLayers(lambda _: Compiled())
    one, two = Part(), Part()
    kept(one)
    kept(two)
    del one
    assert kept.size == 4
    assert two in kept


def test_what_is_too_large_is_not_kept(compiling: Compiling) -> None:
    kept: KeptLayers[Part, Compiled] = KeptLayers(compiling)
    part = Part()
    with mock.patch.object(kept_layers, "KEPT", 3):
        assert kept(part) is not kept(part)


def test_what_takes_more_than_half_of_the_room_is_kept(compiling: Compiling) -> None:
    kept: KeptLayers[Part, Compiled] = KeptLayers(compiling)
    before, large = Part(), Part()
    kept(before)
    with mock.patch.object(kept_layers, "KEPT", 6):
        assert kept(large) is kept(large)
        assert before not in kept
        assert kept.size == 4


def test_a_text_keeps_what_was_compiled_for_it_up_to_a_number_of_patterns(
    compiling: Compiling,
) -> None:
    owners = Owners()
    for unit, word in enumerate(WORDS):
        owners.add(word, (unit,))
    index = WordIndex(owners, TIERS[0])
    text = FoldedText(b" ".join(WORDS))
    first = list(compiled_for(text, index, compiling))
    again = list(compiled_for(text, index, compiling))
    assert again[:2] == first[:2]
    assert compiling.asked == [0, 1, 2, 2]
    assert list(compiled_for(FoldedText(b"none"), index, compiling)) == []


def test_it_is_never_written_anywhere() -> None:
    with pytest.raises(TypeError, match="holds secrets"):
        pickle.dumps(KeptLayers(len))
