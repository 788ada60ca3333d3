"""Compiling the patterns of one secret, of several, and of very many."""

from __future__ import annotations

from collections.abc import Iterable
from unittest import mock

from buildbot_keychain.redaction import compiler
from buildbot_keychain.redaction.audience import Audience
from buildbot_keychain.redaction.compiler import Compiler
from buildbot_keychain.redaction.matching.indexed_layer import IndexedLayer
from buildbot_keychain.redaction.matching.layer import Layer
from buildbot_keychain.redaction.matching.pattern import Pattern
from buildbot_keychain.redaction.matching.scanner import TIERS
from buildbot_keychain.redaction.matching.view import FoldedText
from tests.support.inventories import holding

ONE = "gT5wZk8Rq2MvXn7LcJ4p"
TWO = "Vb3Yx9Kd6HsQmFw1RtZa"


def test_what_is_compiled_of_one_secret_is_kept_for_others() -> None:
    (secret,) = holding(a=ONE).secrets
    compiling = Compiler(TIERS[0])
    assert compiling.layer_of(secret.patterns) is compiling.layer_of(secret.patterns)
    assert compiling.new_layer_of(secret.patterns) is not compiling.layer_of(secret.patterns)


def test_nothing_of_passing_ones_is_kept() -> None:
    parts = [secret.patterns for secret in holding(a=ONE, b=TWO).secrets]
    for passing in (True, False):
        compiling = Compiler(TIERS[0])
        with mock.patch.object(compiler, "INDEXED", 0):
            layer = compiling.compile(parts, passing=passing)
        assert isinstance(layer, IndexedLayer)
        assert list(layer.find(FoldedText(ONE.encode()), final=True))
        assert (parts[0] in compiling.layer_of) is not passing


def test_a_text_that_shows_many_secrets_has_each_compiled_once() -> None:
    values = [f"{number:02}{ONE}" for number in range(80)]
    made: list[int] = []

    def note(patterns: Iterable[Pattern], tier: str) -> Layer:
        layer = Layer(patterns, tier)
        made.extend({each.secret for each in layer.patterns})
        return layer

    with mock.patch.object(compiler, "INDEXED", 0), mock.patch.object(compiler, "Layer", note):
        known = holding(**{f"n{value[:2]}": value for value in values})
        for _ in range(2):
            shown = Audience(known, None).redact("\n".join(values))
            assert shown.split() == [f"<n{value[:2]}>" for value in values]
    assert sorted(made) == list(range(80))
