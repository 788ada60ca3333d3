"""What stands beside short values, base64 of them, and patterns that have to do with labels."""

from __future__ import annotations

import pytest

from buildbot_keychain.redaction import RedactionPolicy, Redactor
from buildbot_keychain.redaction.matching.pattern import (
    LONGEST_ESCAPE,
    Pattern,
    alphanumeric_before,
    bounded,
    brackets,
    may_hold_label,
)

VALUE = "hunter2"
ESCAPES = [
    "\\n",
    "\\t",
    "\\e",
    "\\0",
    "\\012",
    "\\x3d",
    "\\u003d",
    "\\U0000003D",
    "%3D",
    "%253D",
    "&quot;",
    "\\x1b[31m",
    "\\u001b[1;31m",
    "\\033[0m",
    "\\33[0m",
    "\\e[K",
    "\\E[38;2;255;255;255m",
    "^[[31m",
    "x=",
    "",
]


@pytest.mark.parametrize("policy", [RedactionPolicy(), RedactionPolicy.build_log()])
@pytest.mark.parametrize("escape", ESCAPES)
def test_an_escape_is_no_letter(policy: RedactionPolicy, escape: str) -> None:
    redactor = Redactor(policy)
    redactor.add("n", VALUE)
    for before in ("", "word"):
        if before + escape == "word":
            continue
        text = f'"{before}{escape}{VALUE}\\n"\n'
        assert redactor.redact(text) == f'"{before}{escape}<n>\\n"\n'
        stream = redactor.stream()
        assert "".join(map(stream.feed, text)) + stream.close() == f'"{before}{escape}<n>\\n"\n'


@pytest.mark.parametrize("before", ["n", "\\q", "3D", "%D", "u003d", "[31m", "\xe9", "\\x3"])
def test_a_letter_is_one(before: str) -> None:
    redactor = Redactor()
    redactor.add("n", VALUE)
    text = f"{before}{VALUE}"
    assert redactor.redact(text) == text


def test_no_more_is_looked_at_than_a_stream_keeps() -> None:
    escape = b"\\u001b[" + b"1" * 24 + b"m"
    assert len(escape) <= LONGEST_ESCAPE
    assert not alphanumeric_before(escape, len(escape))
    assert alphanumeric_before(escape.replace(b"[", b"[1"), len(escape) + 1)


def test_what_belongs_to_a_pattern_is_taken_in_first() -> None:
    pattern = Pattern(0, b"cGFzc", words=True, after=True)
    for text, end in ((b"x cGFzcw== y", 10), (b"x cGFzcw y", 8), (b"x cGFzcw", 8)):
        span = bounded(text, 2, 7, pattern, final=True)
        assert span is not None
        assert (span.start, span.end, span.final) == (2, end, True)
    assert bounded(b"x cGFzcwx", 2, 7, pattern, final=True) is None
    open_span = bounded(b"x cGFzcw", 2, 7, pattern, final=False)
    assert open_span is not None
    assert not open_span.final


def test_its_repr_shows_no_value() -> None:
    assert VALUE not in repr([Pattern(3, VALUE.encode())])


def test_patterns_that_may_begin_inside_of_a_label() -> None:
    found = brackets([Pattern(0, b"b>x"), Pattern(0, b"plain")])
    assert found == [(b"b>", 3)]


def test_texts_that_may_hold_a_label_or_begin_inside_of_one() -> None:
    assert [text for text in (b"a<b", b"plain", b"b>x") if may_hold_label(text)] == [b"a<b", b"b>x"]
