"""What is left of a value that a program took for text in another encoding."""

from __future__ import annotations

import pytest

from buildbot_keychain.redaction import RedactionPolicy
from buildbot_keychain.redaction.forms.misread import misread
from tests.support.form_case import hidden

VALUES = ["gr\xfc\xdfe-\u5317\u4eac-\U0001f511-token", "a\\d\xe4\tb'c-\u20ac-\x9f-value"]


@pytest.mark.parametrize("value", VALUES)
@pytest.mark.parametrize("policy", [RedactionPolicy(), RedactionPolicy.build_log()])
def test_misread(value: str, policy: RedactionPolicy) -> None:
    data = value.encode()
    for text in (
        data.decode("latin-1"),
        data.decode("cp1252", "replace"),
        data.decode("ascii", "replace"),
        value.encode("ascii", "replace").decode(),
        "".join(chr(byte) if byte < 128 else "?" for byte in data),
        value.encode("ascii", "backslashreplace").decode(),
    ):
        assert hidden(value, f"x {text} y", policy) == "x <n> y", text


def test_little_that_is_ascii_is_left() -> None:
    value = "\u5317\u4eac\u5927\u5b66-x"
    assert hidden(value, "?????? ?????? ??????-x") == "?????? ?????? ??????-x"


def test_ordinary_values_are_read_right() -> None:
    assert not list(misread("k9QmT2vXzR7pLw4N8HsJ3dFg"))
