"""What is merged finds what one layer of all patterns does."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from buildbot_keychain.redaction import RedactionPolicy
from buildbot_keychain.redaction.forms.expansion import patterns_of
from buildbot_keychain.redaction.matching.layer import Layer
from buildbot_keychain.redaction.matching.merged_layer import MergedLayer
from buildbot_keychain.redaction.matching.pattern import Pattern
from buildbot_keychain.redaction.matching.scanner import TIERS
from buildbot_keychain.redaction.matching.view import FoldedText

VALUES = ("Hq7mV2cRk9Tz4WbL", "hq7mv2crk9tz4wbl", "Hq7mV2cRk9Tz4WbL", "a-b.c", "two words\nüber 8")
BY_SECRET = [
    patterns_of(value, secret, RedactionPolicy.build_log()) for secret, value in enumerate(VALUES)
]
PATTERNS = list(itertools.chain.from_iterable(BY_SECRET))


@pytest.fixture(name="layers", params=TIERS, scope="module")
def merged_twice_and_of_all(request: pytest.FixtureRequest) -> tuple[Layer, Layer]:
    single = [Layer(patterns, request.param) for patterns in BY_SECRET]
    first, others = MergedLayer(single[:2], request.param), single[2:]
    return MergedLayer([first, *others], request.param), Layer(PATTERNS, request.param)


def pieces() -> st.SearchStrategy[bytes]:
    pattern = st.sampled_from(PATTERNS).map(lambda pattern: pattern.text)
    cut = st.tuples(pattern, st.integers(1, 24)).map(lambda each: each[0][: each[1]])
    end = st.tuples(pattern, st.integers(8, 24)).map(lambda each: each[0][-each[1] :])
    return st.one_of(pattern, cut, end, st.sampled_from([b" ", b"\n", b"...", b"x"]))


@given(parts=st.lists(pieces(), max_size=6), final=st.booleans())
def test_it_hides_the_same(layers: tuple[Layer, Layer], parts: list[bytes], final: bool) -> None:
    data = b"".join(parts)
    found = []
    for layer in layers:
        text = FoldedText(data)
        found.append(
            (
                set(layer.find(text, final=final, every=True)),
                layer.opening(text, 0).start,
                set(layer.endings(text, 0, lambda _: False)),
                set(layer.pieces(text, 0, final=final)),
                layer.leaves_nothing_open(data + b"\n", text.folded),
            )
        )
    assert found[0] == found[1]


def test_it_holds_the_patterns(layers: tuple[Layer, Layer]) -> None:
    merged, together = layers
    assert set(merged.patterns) == set(PATTERNS)
    assert merged.size == together.size == len(set(PATTERNS))
    assert set(merged.bracketed) == set(together.bracketed)
    assert all(isinstance(pattern, Pattern) for pattern in merged.patterns)
