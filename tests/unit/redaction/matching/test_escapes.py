"""Control sequences: which there are, across pieces of a text, and how much waits for them."""

from __future__ import annotations

import pytest

from buildbot_keychain.redaction import RedactionPolicy, Redactor
from buildbot_keychain.redaction.matching.escapes import STRING, has_controls, strip, visible

SEQUENCES = [
    "\x1b[31m",
    "\x1b[38:2::1:2:3m",
    "\x1b[?25l",
    "\x1b[0 q",
    "\x9b31m",
    "\x1b]0;a title\x07",
    "\x1b]8;;https://example.com/\x1b\\",
    "\x1bP1$r0m\x1b\\",
    "\x1b_a\x1b\\",
    "\x1b7",
    "\x1b8",
    "\x1b=",
    "\x1bM",
    "\x1bc",
    "\x1b(B",
    "\x1b#8",
    "\x1b%G",
    "\x0e",
    "\x0f",
    "\x84",
    "\x9d",
]
VALUE = "s3cr3t-value"


def redactor() -> Redactor:
    redactor = Redactor(RedactionPolicy.build_log())
    redactor.add("n", VALUE)
    return redactor


@pytest.mark.parametrize("sequence", SEQUENCES, ids=ascii)
def test_a_sequence_is_not_seen(sequence: str) -> None:
    assert has_controls(sequence.encode())
    assert visible(f"a{sequence}b") == "ab"
    text = f"x s3cr3t{sequence}-value y\n"
    assert redactor().redact(text) == "x <n> y\n"
    stream = redactor().stream()
    assert "".join(map(stream.feed, text)) + stream.close() == "x <n> y\n"


@pytest.mark.parametrize(
    "text",
    [
        "\x1b[<1m",
        "\x1b]0;<n>\x07",
        "\x1b]0;two\nlines\x07",
        f"\x1b]{'x' * (STRING + 1)}\x07",
        "\x85",
        "\xb7\xa0\xfc",
    ],
    ids=ascii,
)
def test_what_is_none(text: str) -> None:
    assert visible(text) == text


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (f"a\x1b]0;x {VALUE} y\x07b\n", "a<n>b\n"),
        (f"a\x1b[1m\x1b[{VALUE} y\n", "a\x1b[1m<n> y\n"),
        (f"a\x1b]0;x\x1b\\{VALUE}\n", "a\x1b]0;x\x1b\\<n>\n"),
        (f"a\x1b]0;{VALUE}\n", "a\x1b]0;<n>\n"),
    ],
)
def test_a_sequence_that_a_value_reaches_into_is_hidden_with_it(text: str, expected: str) -> None:
    assert redactor().redact(text) == expected
    stream = redactor().stream()
    assert "".join(map(stream.feed, text)) + stream.close() == expected
    hidden = [text[match.start : match.end] for match in redactor().find(text)]
    assert text.replace(hidden[0], "<n>") == expected


def test_what_is_around() -> None:
    stripped = strip(b"a\x1b[1m\x1b[2mb\x0fc\x1b[")
    assert stripped.text == b"abc"
    assert stripped.around(0, 1) == (0, 1)
    assert stripped.around(0, 2) == (0, 5)
    assert stripped.around(4, 5) == (1, 5)
    assert stripped.around(5, 6) == (5, 9)
    assert stripped.around(-9, 99) == (-9, 99)
    assert stripped.around(10, 12) == (10, 12)
    assert stripped.around(12, 13) == (12, 13)


def test_what_stands_before_line_starts_and_the_end() -> None:
    stripped = strip(b"\x1b[1ma\x1b[0m\nb\x1b[2m")
    assert [stripped.before(place) for place in (10, 15)] == [2, 3]
    assert [stripped.outside(place) for place in (10, 15)] == [10, 15]
    assert stripped.outside(13) == 11


def test_what_waits_is_bounded() -> None:
    data = b"\x1b]0;" + b"x" * (STRING - 2)
    assert strip(data).size == 0
    assert strip(data + b"xx").size == len(data) + 2
    assert strip(b"\x1b]0;x\n").size == 6
    stream = redactor().stream()
    assert stream.feed("\x1b]0;x") == ""
    assert stream.feed("\n") == "\x1b]0;x\n"


def test_other_text_is_not_looked_at_twice() -> None:
    assert not has_controls("plain, gr\xfc\xdfe \xb7 \xa0".encode())
    assert has_controls(b"cut\xc2")
