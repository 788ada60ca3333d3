"""Pieces of secrets at the edges of torn lines."""

from __future__ import annotations

import pytest

from buildbot_keychain.redaction import RedactionPolicy, Redactor
from buildbot_keychain.redaction.audience import Label

VALUE = "s3cr3t-value-0123"


@pytest.fixture
def redactor() -> Redactor:
    result = Redactor(RedactionPolicy.build_log())
    result.add("tok", VALUE)
    result.add("pin", "hunter2")
    result.add("key", "first-line-of-it\nsecond-line-of-it")
    return result


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        (f"text {VALUE[:4]}", "text <tok>"),
        (f"text {VALUE[:3]}", f"text {VALUE[:3]}"),
        (f"text {VALUE}", "text <tok>"),
        (f"text {VALUE[:9]} ", f"text {VALUE[:9]} "),
        ("text hunt", "text hunt"),
        ("text second-line", "text <key>"),
        (VALUE[:4], "<tok>"),
        ("", ""),
    ],
)
def test_the_beginning_of_a_secret_at_the_end(redactor: Redactor, line: str, expected: str) -> None:
    assert redactor.seen_by(None).redact_torn(line, at_end=4) == expected
    assert redactor.seen_by(None).redact_torn(line) == line


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        (f"{VALUE[-4:]} text", "<tok> text"),
        (f"{VALUE[-3:]} text", f"{VALUE[-3:]} text"),
        (f"{VALUE} text", "<tok> text"),
        (f" {VALUE[-9:]} text", f" {VALUE[-9:]} text"),
    ],
)
def test_the_end_of_a_secret_at_the_start(redactor: Redactor, line: str, expected: str) -> None:
    assert redactor.seen_by(None).redact_torn(line, at_start=4) == expected


def test_a_secret_added_later_counts(redactor: Redactor) -> None:
    assert redactor.seen_by(None).redact_torn("text another-v", at_end=8) == "text another-v"
    redactor.add("late", "another-value-9")
    assert redactor.seen_by(None).redact_torn("text another-v", at_end=8) == "text <late>"


def test_each_piece_is_noted(redactor: Redactor) -> None:
    noted: list[Label] = []
    line = f"{VALUE[-6:]} text hunt first-l"
    clean = redactor.seen_by(None).redact_torn(line, noted.append, at_start=4, at_end=4)
    assert clean == "<tok> text hunt <key>"
    assert noted == [Label("tok", "<tok>", 0), Label("key", "<key>", 0)]
    noted.clear()
    redactor.seen_by(set()).redact_torn(line, noted.append, at_start=4, at_end=4)
    assert noted == []
