"""Pieces of values beside an ellipsis: by example, and as real programs print them."""

from __future__ import annotations

import base64
import itertools
import random
import reprlib
import shutil
import subprocess
import sys
from functools import partial
from pathlib import Path

import pytest

from buildbot_keychain.redaction import RedactionPolicy, Redactor
from buildbot_keychain.redaction.matching.ellipses import ELLIPSES, SHORTEST, ellipses_in
from buildbot_keychain.redaction.matching.layer import Layer
from buildbot_keychain.redaction.matching.normalisation import Normalisation, fold
from buildbot_keychain.redaction.matching.pattern import Pattern
from buildbot_keychain.redaction.matching.pieces import (
    WORDS,
    beside_ellipses,
    is_telling,
    marks_of,
)
from buildbot_keychain.redaction.matching.view import FoldedText
from tests.support.oracle.work import calls

VALUE = "k9QmT2vXzR7pL4wN8HsJ3dFgA6eUtBc5Yk2Qj7Zx9Wv"


@pytest.fixture(scope="module")
def redactor() -> Redactor:
    result = Redactor(RedactionPolicy.build_log())
    result.add("tok", VALUE)
    result.add("url", "https://example.org/a?key=%2Bq9Zr4Lm&more")
    result.add("words", "configuration password hunter three")
    result.add("key", "-----BEGIN RSA PRIVATE KEY-----\nMIIEvQIBADANBgkqhkiG9w0BAQEF\nAASC\n")
    return result


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (f"'{VALUE[:12]}...{VALUE[-13:]}' ==", "'<tok>...<tok>' =="),
        (f'write(1, "{VALUE[:32]}"..., 74)', 'write(1, "<tok>"..., 74)'),
        (f"'{VALUE[:20]}'... 23 more characters", "'<tok>'... 23 more characters"),
        (f"{VALUE[:20]}… x", "<tok>… x"),
        (f"LINE 1: ...{VALUE[-9:]}') ", "LINE 1: ...<tok>') "),
        (f"{VALUE[:9]}..|..{VALUE[-9:]}", "<tok>..|..<tok>"),
        (f"…'{VALUE[-9:]}'\n", "…'<tok>'\n"),
        (f"{base64.b64encode(VALUE.encode()).decode()[:13]}...", "<tok>..."),
        ("6b39516d54327658...", "<tok>..."),
        (f"'{VALUE[:12]}[309 chars]{VALUE[-13:]}\n'", "'<tok>[309 chars]<tok>\n'"),
        (f"'{VALUE[:12]} [truncated]... != ''", "'<tok> [truncated]... != ''"),
        (f"{VALUE[:12]} [...]\n", "<tok> [...]\n"),
        (f'"{VALUE[:12]}\ufffd...', '"<tok>\ufffd...'),
        (f"\x1b[32m'{VALUE[:12]}'\x1b[39m... 23 more", "\x1b[32m'<tok>'\x1b[39m... 23 more"),
        ("MIIEvQIBADA...", "<key>..."),
        ("configuration password...", "<words>..."),
        ("LINE 1: ... hunter three'", "LINE 1: ...<words>'"),
        # Too short, of no meaning, not beside it, or from the middle.
        (f"'{VALUE[:7]}...{VALUE[-7:]}'", f"'{VALUE[:7]}...{VALUE[-7:]}'"),
        ("https://... configuration... -----BEGIN ...",) * 2,
        (f"{VALUE[:12]} ... {VALUE[-12:]}",) * 2,
        ("... done, hunter three",) * 2,
        (f"{VALUE[:12]}\n...\n{VALUE[-12:]}",) * 2,
        (f"{VALUE[:12]}.{VALUE[-12:]}",) * 2,
        (f"{VALUE[:12]}../{VALUE[-12:]}",) * 2,
        (f"{VALUE[4:16]}...{VALUE[-16:-4]}",) * 2,
        (f"{VALUE[:4]}..{VALUE[4:12]} x",) * 2,
    ],
)
def test_beside_an_ellipsis(redactor: Redactor, text: str, expected: str) -> None:
    readers = redactor.seen_by({"tok", "url", "words", "key"})
    assert readers.redact(text) == expected
    assert readers.redact(expected) == expected
    for chunks in (list(text), text.splitlines(keepends=True)):
        stream = readers.stream()
        assert "".join(map(stream.feed, chunks)) + stream.close() == expected
        stream = redactor.stream()
        assert "".join(map(stream.feed, chunks)) + stream.close() == expected


def test_not_for_readers_to_whom_it_was_not_given(redactor: Redactor) -> None:
    text = f"'{VALUE[:20]}...{VALUE[-20:]}'\n"
    assert redactor.redact(text, set()) == text
    stream = redactor.stream({"url"})
    assert stream.feed(text) == text


def test_what_waits(redactor: Redactor) -> None:
    stream = redactor.stream()
    assert stream.feed(f"{VALUE[:12]}'") == ""
    assert stream.feed("!") == f"{VALUE[:12]}'!"
    assert stream.feed(f"{VALUE[:12]}'.") == ""
    assert stream.feed(".") == ""
    assert stream.feed(" 23 more)") == "<tok>'.. 23 more)"
    assert stream.feed("..") == ".."
    assert stream.feed("12") == ""
    assert stream.feed("34\n") == "1234\n"
    assert stream.feed("a..") == "a.."
    assert stream.feed("!" * 1023) == ""
    # Much that waits is not looked at again for each piece, but when an eighth more has come.
    assert stream.feed("!" * 126) == ""
    assert stream.feed("!") == "!" * 1150


@pytest.mark.parametrize(
    ("piece", "telling"),
    [
        ("k9QmT2vX", True),
        ("6b39516d", True),
        ("correct horse", True),
        ("configuration", False),
        ("https://", False),
        ("postgresql://", False),
        ("-----BEGIN RSA PRIVATE KEY-----", False),
        ("production", False),
    ],
)
def test_what_a_piece_tells(piece: str, telling: bool) -> None:
    assert len(piece) >= SHORTEST
    assert is_telling(piece.encode()) == telling


PROGRAMS = {
    "strace": ["strace", "-e", "trace=execve", "sh", "-c", "echo '{}'"],
    "node": ["node", "-e", "console.log(util.inspect('{}', {maxStringLength: 20}))"],
    "perl": ["perl", "-we", "my $x = '{}' x 3; my $y = $x + 1"],
    "git": ["git", "log", "-1", "--format=%<(20,mtrunc){}%s"],
    "pytest": [sys.executable, "-m", "pytest", "-q", "-rN", "-p", "no:cacheprovider", "test_it.py"],
}


@pytest.mark.parametrize("program", PROGRAMS)
def test_real_programs(redactor: Redactor, program: str, tmp_path: Path) -> None:
    command = [part.replace("{}", VALUE) for part in PROGRAMS[program]]
    if shutil.which(command[0]) is None:
        pytest.skip(f"there is no {program} here")
    tmp_path.joinpath("test_it.py").write_text(
        f"def test_it():\n    d = {{'user': 'me', 'token': {VALUE!r} * 9}}\n    assert d == {{}}\n"
    )
    if program == "git":
        for arguments in (["init", "-q"], ["commit", "-q", "--allow-empty", "-m", VALUE]):
            author = ["-c", "user.name=me", "-c", "user.email=me@example.org"]
            subprocess.run(["git", *author, *arguments], cwd=tmp_path, check=True)
        command[-1] = "--format=%<(24,mtrunc)%s %<(24,trunc)%s %<(24,ltrunc)%s"
    result = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    shown = redactor.redact(result.stdout + result.stderr, {"tok"})
    assert "<tok>" in shown
    assert not any(VALUE[at : at + 8] in shown for at in range(len(VALUE) - 7))


def test_reprlib(redactor: Redactor) -> None:
    assert redactor.redact(reprlib.repr({"token": VALUE})) == "{'token': '<tok>...<tok>'}"


@pytest.mark.parametrize("chunks", [["..<..", "/<"], ["..<..", ".", "/<"], ["..<.", "./<.", "./"]])
def test_dots_that_turn_out_to_be_no_ellipsis_repeat_nothing(chunks: list[str]) -> None:
    redactor = Redactor(RedactionPolicy.raw())
    redactor.add("a", "<")
    stream = redactor.stream()
    text = "".join(chunks)
    shown = "".join(map(stream.feed, chunks)) + stream.close()
    assert shown == text.replace("<", "<secret>") == redactor.redact(text)


@pytest.mark.parametrize("line", ["{number:06}-tail-tail-tail", "head-head-head-{number:06}"])
@pytest.mark.parametrize("printed", ["head-head-head...\n", "...tail-tail-tail\n"])
def test_where_many_lines_are_alike_pieces_take_no_longer(line: str, printed: str) -> None:
    steps = []
    for number in (100, 200):
        lines = Redactor(RedactionPolicy.build_log())
        lines.add("key", "\n".join(line.format(number=each) for each in range(number)))
        lines.redact(printed * 2)  # what it takes to know is compiled
        steps.append(sum(calls(partial(lines.redact, printed * 50)).values()))
    assert steps[1] < 1.5 * steps[0]


def test_the_same_piece_is_looked_up_once() -> None:
    redactor = Redactor(RedactionPolicy.build_log())
    redactor.add("tok", VALUE)
    text = f"{VALUE[:12]}...\n...{VALUE[-12:]}\n"
    assert redactor.redact(text * 3) == "<tok>...\n...<tok>\n" * 3
    (layer,) = redactor.seen_by(None).snapshot().layers
    counted = calls(partial(redactor.redact, text * 50))
    assert counted["matching/layer.py:cut_off"] == 0
    assert len(layer.beside._known) == 2


def test_what_stands_in_released_text_is_not_looked_for_again() -> None:
    redactor = Redactor(RedactionPolicy.build_log())
    redactor.add("tok", VALUE)
    snapshot = redactor.seen_by(None).snapshot()
    text = FoldedText(f"{VALUE[:12]}... {VALUE[:12]}... x\n".encode())
    assert len(snapshot.find(text)) == 2
    for released, expected in ((0, 2), (15, 1), (28, 0)):
        spans = snapshot.find(text, released=released)
        assert len([span for span in spans if span.end > released]) == expected


TEXTS = [b"k9 QmT2vXzR7pL4wN8H", "hörse-bättery".encode(), b"\\x6b\\x39\\x51", b"\tabc defgh: x"]


@pytest.mark.parametrize("text", TEXTS)
def test_a_shortest_piece_holds_a_mark(text: bytes) -> None:
    marks = marks_of([Pattern(0, text)], set(), "native")
    for piece in (text.decode()[:SHORTEST], text.decode()[-SHORTEST:]):
        assert any(mark in fold(piece.encode()) for mark in marks)


def test_a_shortest_piece_in_cells_holds_a_mark() -> None:
    marks = marks_of([Pattern(0, b"k 9 Q m T 2 v X z R", Normalisation.SPACED)], set(), "native")
    assert all(mark in b"k9qmt2vx" for mark in marks)


def test_anchors_of_patterns_are_marks() -> None:
    assert marks_of([Pattern(0, b"k9QmT2vXzR")], {b"qmt2vx"}, "native") == [b"qmt2vx"]


@pytest.mark.parametrize(
    ("texts", "tier"),
    [
        (
            [
                f"{number * 1_000_003:08x}{number * 7_000_003:010x}".encode()
                for number in range(WORDS + 1)
            ],
            "native",
        ),
        ([b"        a secret"], "native"),
        ([b"k9QmT2vXzR"], "stdlib"),
    ],
)
def test_ellipses_are_the_marks_where_words_would_not_be_faster(
    texts: list[bytes], tier: str
) -> None:
    assert marks_of([Pattern(0, text) for text in texts], set(), tier) == ELLIPSES


def test_of_pieces_inside_of_one_another_the_longest_counts() -> None:
    layer = Layer([Pattern(secret, b"k9Qm" * 200) for secret in (0, 1)])
    for text in (b"k9Qm" * 100 + b"...", b"..." + b"k9Qm" * 100):
        found = list(beside_ellipses(layer, text, final=True))
        spans = {(span.end - span.start, span.secret) for span in found}
        assert spans <= {(400, 0), (400, 1)}
        assert len(found) == len(spans) >= 1
    # Beside a label a shorter one may be all that is left.
    assert len(list(beside_ellipses(layer, b"<s>" + b"k9Qm" * 100 + b"...", final=True))) > 90


def test_ellipses_with_no_room_between_them_are_as_good_as_one() -> None:
    layer, source = Layer([Pattern(0, VALUE.encode()), Pattern(1, b"two words")]), random.Random(5)
    parts = ["..", "...", "../", "…", VALUE[:9], VALUE[-9:], "two words", "x", "'", " ", "\n", "."]
    found = 0
    for _ in range(2000):
        text = FoldedText("".join(source.choices(parts, k=source.randint(1, 9))).encode())
        every = ellipses_in(text.data)
        for released, final in itertools.product((0, len(text.data) // 2), (False, True)):
            beside = partial(beside_ellipses, layer, text.data, final=final, released=released)
            expected = [span for span in beside(ellipses=every) if span.end > released]
            assert [each for each in beside(ellipses=text.ellipses) if each.end > released] == (
                expected
            )
            found += len(expected)
    assert found > 1000
    assert FoldedText(b".. " * 1000).ellipses == [(0, 2996), (2997, 2999)]


def test_a_piece_with_its_ellipsis_is_looked_at_once() -> None:
    redactor = Redactor(RedactionPolicy.build_log())
    redactor.add("key", "k9QmT2vX" * 100)
    text = ("k9QmT2vX" * 50 + "...\n") * 20
    assert redactor.redact(text) == "<key>...\n" * 20
    assert calls(lambda: redactor.redact(text))["matching/layer.py:cut_off"] <= 2
