"""A layer of very many secrets shows what a layer of all their patterns would."""

from __future__ import annotations

import base64
import gc
import hashlib
from collections.abc import Iterator
from unittest import mock
from weakref import ref

import pytest

from buildbot_keychain.redaction import RedactionPolicy, Redactor, compiler
from buildbot_keychain.redaction.forms.expansion import expand
from buildbot_keychain.redaction.matching import indexed_layer, words
from buildbot_keychain.redaction.matching.indexed_layer import IndexedLayer
from buildbot_keychain.redaction.matching.layer import Layer
from buildbot_keychain.redaction.matching.pattern import Pattern
from buildbot_keychain.redaction.matching.scanner import TIERS
from buildbot_keychain.redaction.matching.view import FoldedText
from buildbot_keychain.redaction.packed import PackedPatterns

TOKEN = "ghp_aB3dE5gH7jK9mN1pQ3sT5vW7yZ9bC1dE3f"
ADDRESS = "postgres://app:xK7-Qm2/Zt9.Wb4Lh8@db.example.org/prod"
KEY = "-----BEGIN KEY-----\n{}\n-----END KEY-----\n".format(
    "\n".join(base64.b64encode(bytes(range(at, at + 48))).decode() for at in range(0, 192, 48))
)
ALIKE = [f"common-beginning-of-many-{letter * 3}9Tz4WbLh8Ns{letter}" for letter in "abcdef"]
SECRETS = {
    "token": TOKEN,
    "address": ADDRESS,
    "key": KEY,
    "pin": "8251",
    "phrase": "correct horse battery staple",
    "word": "größe des Schlüssels 7",
    "json": '{"id": "robot", "password": "f7c3bc1d808e04732adf679965ccc34ca7ae3441"}',
    **{f"alike {number}": value for number, value in enumerate(ALIKE)},
}
SPELLED = (
    TOKEN,
    TOKEN.encode().hex(),
    base64.b64encode(f"x{TOKEN}".encode()).decode(),
    ADDRESS,
    ADDRESS.replace("/", "%2F"),
    KEY,
    KEY.replace("\n", "\\n"),
    " ".join(f"{byte:02x}" for byte in TOKEN.encode()),
    SECRETS["phrase"],
    SECRETS["word"],
    SECRETS["json"],
    ALIKE[2],
    "8251",
)


def key(number: int) -> str:
    """Return a private key of 600 bytes."""
    data = b"".join(hashlib.sha256(b"%d %d" % (number, at)).digest() for at in range(19))
    lines = base64.encodebytes(data).decode()
    return f"-----BEGIN PRIVATE KEY-----\n{lines}-----END PRIVATE KEY-----\n"


def redactor(*, tier: str = TIERS[0], policy: RedactionPolicy | None = None) -> Redactor:
    known = Redactor(policy or RedactionPolicy.build_log(), tier=tier)
    for name, value in SECRETS.items():
        known.add(name, value)
    known.redact("")
    known.settle()
    return known


@pytest.fixture(name="indexed", scope="module")
def indexed_redactor() -> Redactor:
    with mock.patch.object(compiler, "INDEXED", 0), mock.patch.object(words, "POPULAR", 2):
        known = redactor()
    (layer,) = known.seen_by(None).snapshot().layers
    assert isinstance(layer, IndexedLayer)
    return known


@pytest.fixture(name="plain", scope="module")
def plain_redactor() -> Redactor:
    return redactor()


def pieces(text: str) -> Iterator[str]:
    """Yield a text whole, and its beginnings and ends of many sizes."""
    yield text
    for size in (*range(1, min(len(text), 24)), len(text) // 2, len(text) // 2 + 1, len(text) - 1):
        yield text[:size]
        yield text[-size:]


def texts() -> Iterator[str]:
    for spelled in SPELLED:
        for piece in pieces(spelled):
            yield f"before {piece}"
            yield f"{piece}\nafter"
            yield f"a {piece}... and ...{piece} b\n"
    yield from ("", "nothing", "67\n", "a line ...\n", "common-beginning-of-many-\n")


def test_whole_texts(indexed: Redactor, plain: Redactor) -> None:
    for text in texts():
        assert indexed.redact(text) == plain.redact(text)


def test_texts_in_pieces(indexed: Redactor, plain: Redactor) -> None:
    for spelled in SPELLED:
        for size in (1, 7, len(spelled) // 2):
            stream = indexed.stream()
            text = f"a {spelled} b\n{spelled}"
            shown = [stream.feed(text[at : at + size]) for at in range(0, len(text), size)]
            assert "".join(shown) + stream.close() == plain.redact(text)


def test_torn_lines(indexed: Redactor, plain: Redactor) -> None:
    one, other = indexed.seen_by(None), plain.seen_by(None)
    for spelled in SPELLED:
        if "\n" not in spelled:
            for piece in pieces(spelled):
                for line in (f"{piece} b", f"a {piece}"):
                    torn = one.redact_torn(line, at_start=4, at_end=4)
                    assert torn == other.redact_torn(line, at_start=4, at_end=4)


def test_a_line_with_nothing_passes_at_a_glance(indexed: Redactor) -> None:
    (layer,) = indexed.seen_by(None).snapshot().layers
    line = b"gcc -O2 -c main.c -o main.o\n"
    assert layer.passes_lines(line, line.replace(b" ", b"").strip())
    assert layer.passes_whole(line, line.replace(b" ", b"").strip())


def test_it_takes_as_many_bytes_as_it_stands_for(indexed: Redactor, plain: Redactor) -> None:
    assert indexed.memory == plain.memory


def test_of_keys_of_a_kind_nearly_nothing_is_compiled() -> None:
    policy = RedactionPolicy.build_log()
    parts = [
        PackedPatterns(expand(key(number), number, policy).patterns)
        for number in range(words.POPULAR + 4)
    ]
    compiled: list[Pattern] = []

    def note(patterns: list[Pattern], tier: str) -> Layer:
        compiled.extend(patterns)
        return Layer(patterns, tier)

    with mock.patch.object(indexed_layer, "Layer", note):
        layer = IndexedLayer(parts, lambda part: Layer(part.unpack()))
    assert layer.size > 10_000
    assert len(compiled) < layer.size / 50


@pytest.mark.parametrize("tier", TIERS)
def test_other_policies(tier: str) -> None:
    for policy in (RedactionPolicy(), RedactionPolicy.raw()):
        plain = redactor(tier=tier, policy=policy)
        with mock.patch.object(compiler, "INDEXED", 0):
            known = redactor(tier=tier, policy=policy)
        for spelled in SPELLED:
            for text in (f"a {spelled} b", f"a {spelled[:-1]}", f"{spelled}\n", f" {spelled}"):
                assert known.redact(text) == plain.redact(text)


def test_it_ends_with_the_last_reference() -> None:
    gc.disable()
    try:
        parts = [PackedPatterns(expand(TOKEN, 0, RedactionPolicy()).patterns)]
        layer = IndexedLayer(parts, lambda part: Layer(part.unpack()))
        assert list(layer.ends.starting(TOKEN[8:].encode(), 8))
        text = FoldedText(TOKEN.encode())
        assert layer.find(text, final=True)
        (index,) = text.compiled
        kept: list[ref[object]] = [ref(layer), ref(index)]
        del layer, text, index
        assert [each() for each in kept] == [None] * len(kept)
    finally:
        gc.enable()
