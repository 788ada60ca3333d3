"""What is looked for on account of a secret comes out as it went in."""

from __future__ import annotations

import pickle

import pytest

from buildbot_keychain.redaction import RedactionPolicy
from buildbot_keychain.redaction.forms.expansion import Expansion, expand
from buildbot_keychain.redaction.matching.open_layer import anchors_of
from buildbot_keychain.redaction.matching.scanner import TIERS
from buildbot_keychain.redaction.packed import PackedPatterns, PackedTexts

VALUE = "postgres://app:Hq7<mV2cRk9>Tz4WbLh8@db.example.org/prod\nline ü of 8 \udcff more"


def expansion() -> Expansion:
    return expand(VALUE, 7, RedactionPolicy.build_log())


def test_patterns() -> None:
    patterns = expansion().patterns
    packed = PackedPatterns(patterns)
    assert list(packed.unpack()) == patterns
    assert packed.count == len(patterns)
    assert packed.size == sum(len(pattern.text) for pattern in patterns)
    assert set(packed.bracketed) == {each for each in patterns if {*b"<>"} & {*each.text}}
    assert packed.bracketed


def test_open_texts() -> None:
    texts = expansion().open_texts
    packed = PackedTexts(texts)
    assert packed.unpack() == list(texts)
    assert packed.count == sum(len(text.patterns) for text in texts)
    anchors = {folded[start:end] for folded, (start, end) in anchors_of(texts, TIERS[0]).items()}
    assert set(packed.words) == anchors
    assert len(packed.words) == len(anchors)
    assert set(packed.kernels) == {text.kernel for text in texts}


def test_texts_without_those_of_some_kernels() -> None:
    texts = expansion().open_texts
    packed = PackedTexts(texts)
    kernel = packed.kernels[0]
    assert packed.without(["another"]) is packed
    assert packed.without([kernel]).unpack() == [each for each in texts if each.kernel != kernel]
    assert packed.without(packed.kernels).count == 0


@pytest.mark.parametrize("packed", [PackedPatterns(()), PackedTexts(())])
def test_it_is_never_written_anywhere(packed: object) -> None:
    with pytest.raises(TypeError, match="holds secrets"):
        pickle.dumps(packed)
