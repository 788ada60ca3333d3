"""What programs print of a value that they take for a host, an option, or a setting."""

from __future__ import annotations

import shutil

import pytest

from buildbot_keychain.redaction import Redactor
from buildbot_keychain.redaction.forms.losses import other_case, without_padding
from tests.support.form_case import hidden, printed

TOKEN = "ghp_Kq7Zt2Xw9Rm4Lp8Vn3Hs6Jd1Fg5"
UUID = "3f2b8c1e-9d47-4a6b-8e15-7c0d2f9a4b63"
KEY = "c2VjcmV0IG9mIG1pbmU="


@pytest.mark.skipif(shutil.which("ssh") is None, reason="ssh is not installed")
def test_ssh_writes_options_in_lower_case() -> None:
    text = printed("sh", "-c", 'ssh -G -o "$1" host || true', "sh", TOKEN)
    assert TOKEN.lower() in text
    assert TOKEN.lower() not in hidden(TOKEN, text)


def test_cut_takes_padding_for_a_sign() -> None:
    text = printed("cut", "-d=", "-f2", stdin=f"KEY={KEY}\n")
    assert hidden(KEY, text) == "<n>\n"


@pytest.mark.parametrize(
    ("value", "other"),
    [
        (TOKEN, [TOKEN.lower()]),
        (KEY, ["c2vjcmv0ig9mig1pbmu=", "c2vjcmv0ig9mig1pbmu"]),
        (UUID, [UUID.upper()]),
        (UUID.upper(), [UUID]),
    ],
)
def test_other_case(value: str, other: list[str]) -> None:
    assert [one.text for one in other_case(value)] == other


@pytest.mark.parametrize("value", ["lower-case-value", TOKEN.lower(), "Pass Phrase", "Production1"])
def test_of_words_there_is_no_other_case(value: str) -> None:
    assert list(other_case(value)) == []


def test_without_padding() -> None:
    assert list(without_padding(KEY)) == [KEY[:-1]]


@pytest.mark.parametrize(
    "value", [f"{KEY}==", f"x{KEY}", KEY[:-1], "no base64=", "DB_PASSWORD_1=", "db_password_of_2="]
)
def test_what_has_no_padding(value: str) -> None:
    assert list(without_padding(value)) == []


def test_lower_case_is_for_readers_to_whom_it_was_given() -> None:
    redactor = Redactor()
    redactor.add("n", TOKEN)
    assert redactor.redact(TOKEN.lower(), given={"n"}) == "<n>"
    assert redactor.redact(TOKEN.lower(), given=set()) == TOKEN.lower()
