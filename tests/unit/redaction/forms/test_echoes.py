"""Backslashes that `echo` interprets, against the shells."""

from __future__ import annotations

import shutil

import pytest

from buildbot_keychain.redaction.forms.echoes import echoed
from tests.support.form_case import hidden, printed

SCRIPTS = [
    *(("dash", script) for script in ('echo "$1"', 'printf "%b\\n" "$1"', 'echo "x$1"')),
    *(("bash", script) for script in ('echo -e "$1"', 'printf "%b\\n" "$1"')),
    ("bash", 'echo "${1@E}"'),
    ("zsh", 'print "$1"'),
    *(
        ("dash", f"""{awk} -v "s=$1" 'BEGIN {{ print s }}' 2>/dev/null""")
        for awk in ("gawk", "mawk", "busybox awk")
        if shutil.which(awk.split()[0])
    ),
    *(("busybox", script) for script in ('echo -e "$1"', 'printf "%b\\n" "$1"')),
]
VALUES = [
    r"p4ss\word\name",
    r"tab\there\r\nthere\v\f\a\b",
    r"a\0101b\101c\x41d\u00fce\U0001F511f\7",
    r"back\\slash\\\\es\e[1m\E",
    r"\q\w\y\z\"\'\?\8\9",
    r"trailing\\",
    r"bytes\xff\xfe\0377and-more",
    "line\\\nof-two",
]


@pytest.mark.parametrize("value", VALUES)
@pytest.mark.parametrize(("shell", "script"), SCRIPTS)
def test_shells(shell: str, script: str, value: str) -> None:
    command = (shell, "sh") if shell == "busybox" else (shell,)
    text = printed(*command, "-c", script, "sh", value).removeprefix("x")
    assert set(hidden(value, text).replace("<n>", "")) <= set("\a\b\n\r\v\f\x07\x1b\\")
    assert "<n>" in hidden(value, text)


@pytest.mark.parametrize("shell", ["dash", "bash"])
def test_the_end_of_output(shell: str) -> None:
    value = r"s3cr3t-b\x2dgin\cand-the-rest"
    text = printed(shell, "-c", 'printf %b "$1"', "sh", value)
    assert hidden(value, text) == "<n>"
    assert all(spelling.given_only for spelling in echoed(value))


def test_without_backslashes_there_is_nothing() -> None:
    assert list(echoed("s3cr3t-value")) == []
