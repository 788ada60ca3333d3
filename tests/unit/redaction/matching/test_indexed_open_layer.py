"""What is hidden from everybody, of many secrets, of which few are compiled."""

from __future__ import annotations

import random
import string
from collections.abc import Sequence

from buildbot_keychain.redaction import RedactionPolicy
from buildbot_keychain.redaction.forms.expansion import expand
from buildbot_keychain.redaction.matching.finder import Finder
from buildbot_keychain.redaction.matching.indexed_open_layer import IndexedOpenLayer
from buildbot_keychain.redaction.matching.normalisation import fold
from buildbot_keychain.redaction.matching.open_layer import open_layer
from buildbot_keychain.redaction.matching.pattern import Span
from buildbot_keychain.redaction.matching.scanner import TIERS
from buildbot_keychain.redaction.matching.view import FoldedText
from buildbot_keychain.redaction.matching.words import POPULAR
from buildbot_keychain.redaction.packed import PackedTexts
from tests.support.oracle.work import calls

ONE = "gT5wZk8Rq2MvXn7LcJ4p"
TWO = "Vb3Yx9Kd6HsQmFw1RtZa"


class Compiling:
    """Notes which texts are compiled."""

    def __init__(self) -> None:
        self.asked: list[tuple[PackedTexts, ...]] = []

    def one(self, part: PackedTexts) -> Finder:
        return self.several([part])

    def several(self, parts: Sequence[PackedTexts]) -> Finder:
        self.asked.append(tuple(parts))
        return open_layer(text for part in parts for text in part.unpack())


def parts(*values: str) -> list[PackedTexts]:
    policy = RedactionPolicy.build_log()
    return [
        PackedTexts(expand(value, index, policy).open_texts) for index, value in enumerate(values)
    ]


def test_only_what_a_text_may_show_is_compiled() -> None:
    of_secrets, compiling = parts(ONE, TWO), Compiling()
    layer = IndexedOpenLayer(of_secrets, compiling.one, compiling.several, TIERS[0])
    assert layer.size == sum(part.count for part in of_secrets)
    assert layer.find(FoldedText(f"x {ONE[:15]} {TWO[1:16]} y".encode()), final=True) == []
    assert not layer.any(fold(f"x {ONE[:15]} {TWO[1:16]} y".encode()))
    assert compiling.asked == []
    text = f"x {ONE.encode().hex()} y".encode()
    assert layer.any(fold(text))
    folded = FoldedText(text)
    found = layer.find(folded, final=True)
    assert layer.find(folded, final=True, every=True) == found
    assert [text[span.start : span.end].decode() for span in found] == [ONE.encode().hex()]
    assert compiling.asked == [(of_secrets[0],)]


def test_what_was_given_is_not_looked_for_again() -> None:
    of_secrets, compiling = parts(ONE, TWO), Compiling()
    layer = IndexedOpenLayer(of_secrets, compiling.one, compiling.several, TIERS[0])
    text = FoldedText(f"{ONE} {TWO}".encode())
    assert layer.find(text, final=True, given=set(of_secrets)) == []
    assert compiling.asked == []
    found = layer.find(text, final=True, given={of_secrets[0]})
    assert [(span.start, span.end) for span in found] == [(len(ONE) + 1, len(text.data))]
    assert compiling.asked == [(of_secrets[1],)]


def test_what_many_have_in_common_is_compiled_once() -> None:
    of_secrets, compiling = parts(*[ONE] * (POPULAR + 1), TWO), Compiling()
    layer = IndexedOpenLayer(of_secrets, compiling.one, compiling.several, TIERS[0])
    assert compiling.asked == [tuple(of_secrets[:-1])]
    for _ in range(2):
        found = layer.find(FoldedText(f"{ONE}\n{TWO}\n".encode()), final=True)
        assert {span.secret for span in found if span.start == 0} == {
            pattern.secret for part in of_secrets[:-1] for pattern in part.unpack()[0].patterns
        }
    assert compiling.asked[1:] == [(of_secrets[-1],)] * 2


def test_a_text_is_scanned_once_however_many_secrets_it_shows() -> None:
    source = random.Random(4)
    texts = ["".join(source.choices(string.ascii_letters, k=24)) for _ in range(30)]
    layer = IndexedOpenLayer(parts(*texts), Compiling().one, Compiling().several, TIERS[0])
    text = FoldedText("\n".join(texts).encode())
    found: list[Span] = []
    counted = calls(lambda: found.extend(layer.find(text, final=True)))
    assert len({span.secret for span in found}) == len(texts)
    assert counted["matching/scanner.py:places"] == 1
