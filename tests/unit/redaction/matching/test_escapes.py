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


def test_a_value_in_a_string_is_found() -> None:
    assert redactor().redact(f"\x1b]0;{VALUE}\x07\n") == "\x1b]0;<n>\x07\n"


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
