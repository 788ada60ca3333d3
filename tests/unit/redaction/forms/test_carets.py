"""What `cat` and zsh write for bytes that they take for unprintable."""

from __future__ import annotations

import pytest

from buildbot_keychain.redaction.forms.carets import caret_notation
from tests.support.form_case import hidden, left, printed

VALUES = [
    "gr\xfc\xdfe-\u5317\u4eac-\U0001f511-x",
    "tab\there \x01\x1b\x7f\x80-x",
    "a\\b'\xe4\x0b\r-x",
]


@pytest.mark.parametrize("value", VALUES)
@pytest.mark.parametrize("option", ["-v", "-A", "-t", "-e"])
def test_cat(value: str, option: str) -> None:
    assert hidden(value, printed("cat", option, stdin=f"x {value} y\n")).strip("$\n") == "x <n> y"


@pytest.mark.parametrize("value", VALUES)
def test_zsh(value: str) -> None:
    script = "print -r -- ${(V)1} ${(q+)1}"
    text = printed("zsh", "-c", script, "sh", value, locale="C")
    assert left(value, text) <= set(" $'\n"), text


def test_lines_stay() -> None:
    value = "gr\xfc\xdfe-one\nstra\xdfe-two"
    assert hidden(value, printed("cat", "-A", stdin=value)) == "<n>$\n<n>"


def test_ordinary_values_have_none() -> None:
    assert not list(caret_notation("k9QmT2vXzR7pLw4N8HsJ3dFg"))
