"""Taking values apart, and what is inside of fields."""

from __future__ import annotations

import base64
import json

import pytest

from buildbot_keychain.redaction.fields import FORMATS, Role, fields_of

AUTH = base64.b64encode(b"deploy:hunter222").decode()


def _base64(text: str) -> str:
    return base64.b64encode(text.encode()).decode()


@pytest.mark.parametrize(
    ("value", "secrets"),
    [
        (json.dumps({"auths": {"ghcr.io": {"auth": AUTH}}}), [AUTH, "hunter222"]),
        ("DATABASE_URL=postgres://u:pw-1@h/d\nA=b\n", ["pw-1"]),
        ('user = "deploy:hunter222"\nurl = https://h/\n', ["hunter222"]),
        ('header = "Authorization: Bearer t-1"\nurl = https://h/\n', ["Bearer t-1", "t-1"]),
        ("password: aHVudGVyMjItYWJj\nuser: x\n", ["aHVudGVyMjItYWJj", "hunter22-abc"]),
        ("config: |\n  a:\n    token: t-1\n    b: c\nname: x\n", ["t-1"]),
        (f"a: {json.dumps(json.dumps({'token': 't-1'}))}\nb: c\n", ["t-1"]),
        (_base64('{"user": "u", "token": "t-1"}'), ["t-1"]),
        (_base64("machine h login u password pw-1"), ["pw-1"]),
        (_base64(_base64("USER=u\nPASSWORD=pw-1\n")), ["pw-1"]),
        (base64.encodebytes(b"A=1\nPASSWORD=pw-1\n" * 9).decode(), ["pw-1"] * 9),
        ("kind: Secret\ndata:\n  a.json: " + _base64('{"token": "t-1"}'), ["t-1"]),
        ("Cookie: session=t-1; theme=dark", ["session=t-1; theme=dark", "t-1"]),
        ("Cookie: sidebar=wide; ssid=t-1", ["sidebar=wide; ssid=t-1", "t-1"]),
        ("dn: cn=x\nuserPassword:: aHVudGVyMjItYWJj\n", ["aHVudGVyMjItYWJj", "hunter22-abc"]),
        ("password: 'it''s'\nuser: x\n", ["it''s", "it's"]),
        ("'user:pw-in-quotes'", ["user:pw-in-quotes", "pw-in-quotes"]),
        ("https://a:pw-1@h\nhttps://b:pw-2@h\n", ["pw-1", "pw-2"]),
        ("\ufeffpassword=pw-1\nuser=u\n", ["pw-1"]),
        ("machine h login u password pw-1", ["pw-1"]),
        ("h:5432:d:u:pw-1", ["pw-1"]),
    ],
)
def test_secrets_of(value: str, secrets: list[str]) -> None:
    assert [field.text for field in fields_of(value) if field.role is Role.SECRET] == secrets


@pytest.mark.parametrize(
    "value",
    [_base64("a note of readable words"), "", "plain", "two words", "a b c\nd e f", "\0", "\ud800"],
)
def test_without_structure(value: str) -> None:
    assert list(fields_of(value)) == []


@pytest.mark.parametrize("one", FORMATS, ids=[one.name for one in FORMATS])
@pytest.mark.parametrize(
    "text",
    [
        "",
        " ",
        "\0",
        "\ud800",
        "é:é",
        "=",
        ":",
        "'",
        "{",
        "[",
        "<",
        "%",
        "\r\n\r",
        "--",
        "://@",
        "-----BEGIN ",
    ],
)
def test_nothing_fails_on_odd_texts(one: object, text: str) -> None:
    for value in (text, text * 100, f"a{text}b", f"{text}\n{text}"):
        one.read(value)  # type: ignore[attr-defined]


def test_fields_show_nothing_of_themselves() -> None:
    (field,) = fields_of("TOKEN=kQ9mT2vXzR7pL8sHn")
    assert "kQ9m" not in repr(field)


@pytest.mark.parametrize(
    "unit",
    [
        "a=b\n",
        '{"a": "b"}\n',
        "a://b:c@d\n",
        "://",
        "a:b@",
        "password=",
        "k='",
        "jdbc:oracle:a:b/",
        "\n",
        " ",
    ],
)
def test_the_number_of_fields_is_bounded_and_found_at_once(unit: str) -> None:
    assert len(fields_of(unit * 8_000)) <= 4096
