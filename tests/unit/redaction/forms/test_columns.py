"""Values in the columns of dumps that have no offset, or do not tell all bytes."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

from buildbot_keychain.redaction import RedactionPolicy, Redactor
from buildbot_keychain.redaction.forms.columns import cells, text_columns
from tests.support.form_case import VALUES, hidden, printed

POLICIES = [RedactionPolicy(), RedactionPolicy.build_log()]


def dumped(value: str, path: Path, *command: str) -> str:
    if shutil.which(command[0]) is None:
        pytest.skip(f"there is no {command[0]} here")
    path.write_text(f"a {value} b\n", encoding="utf-8")
    return subprocess.run([*command, path], capture_output=True, check=True, text=True).stdout


@pytest.mark.parametrize("policy", POLICIES)
@pytest.mark.parametrize("value", [value for value in VALUES if "\n" not in value])
def test_a_character_in_each_cell(value: str, policy: RedactionPolicy, tmp_path: Path) -> None:
    text = dumped(value, tmp_path / "file", "od", "-An", "-c")
    redactor = Redactor(policy)
    redactor.add("n", value)
    assert set(redactor.redact(text).replace("<n>", "").split()) <= {"a", "b", "\\n"}
    stream = redactor.stream()
    by_line = "".join(map(stream.feed, text.splitlines(keepends=True))) + stream.close()
    assert by_line == redactor.redact(text)
    stream = redactor.stream()
    assert "".join(map(stream.feed, text)) + stream.close() == by_line
    assert redactor.redact(by_line) == by_line


@pytest.mark.parametrize("policy", POLICIES)
def test_what_is_not_ascii(policy: RedactionPolicy, tmp_path: Path) -> None:
    value = "grüße-北京-🔑-token"
    redactor = Redactor(policy)
    redactor.add("n", value)
    assert redactor.redact("to gr....e-......-....-token") == "to <n>"
    text = dumped(value, tmp_path / "file", "od", "-a")
    assert set(redactor.redact(text).replace("<n>", "").split()) <= {
        *("a", "b", "sp", "nl"),
        *(line.split()[0] for line in text.splitlines()),
    }


def test_what_node_prints_of_many_bytes() -> None:
    value = "correct horse battery staple " * 9
    script = "console.log(new Uint8Array(Buffer.from(process.argv[1])))"
    shown = hidden(value, printed("node", "-e", script, "--", value))
    assert shown.count("<n>") == 9
    left = {"Uint8Array(261)", "[", ",", "...", "161", "more", "items", "]"}
    assert set(shown.replace("<n>", "").split()) == left


def test_only_readers_to_whom_it_was_given() -> None:
    redactor = Redactor()
    value = "v3ry-l0ng-and-rand0m-t0ken-0f-a-kind-Xq7"
    redactor.add("n", value)
    text = "   ".join(value)
    assert redactor.redact(text, given={"n"}) == "<n>"
    assert redactor.redact(text, given=set()) == text


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("rootroot", "root root"),
        ("20261129", "2026 11 29"),
        ("rootroot", "rootr o o t"),
        ("postgres", "postgresql"),
        ("log in page", "loginpage"),
    ],
)
def test_words_and_numbers_in_columns_are_shown(value: str, text: str) -> None:
    redactor = Redactor()
    redactor.add("n", value)
    assert redactor.redact(text) == text


@pytest.mark.parametrize("value", ["äöüäöüäöü", "grüße", "plain-ascii-value", "pässwörd" * 900])
def test_values_without_such_text(value: str) -> None:
    assert not list(text_columns(value))


@pytest.mark.parametrize("value", ["hunter2", "line of it\nand more", "long-password" * 900])
def test_values_without_cells(value: str) -> None:
    assert not list(cells(value))
