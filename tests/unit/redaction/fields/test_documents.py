"""Files with a grammar of their own."""

from __future__ import annotations

import json
import time

import pytest

from buildbot_keychain.redaction.fields import Field, Role
from buildbot_keychain.redaction.fields.documents import (
    json_document,
    json_lines,
    netrc,
    pem,
    pgpass,
    xml_document,
)


def secrets(fields: list[Field]) -> list[str]:
    return [field.text for field in fields if field.role is Role.SECRET]


def test_json() -> None:
    document = {
        "user": "deploy-bot",
        "nested": [{"password": "hunter2-hunter2"}, 7.50, None, True],
        "secrets": {"first": "one", "user": "two"},
    }
    found = [(one.key, one.text, one.role) for one in json_document(json.dumps(document))]
    assert found == [
        ("user", "deploy-bot", Role.PUBLIC),
        ("password", "hunter2-hunter2", Role.SECRET),
        ("nested", "7.5", Role.UNKNOWN),
        ("first", "one", Role.SECRET),
        ("user", "two", Role.PUBLIC),
    ]


@pytest.mark.parametrize("text", ["{broken", '"just a string"', "[" * 100_000, "7", "", "[]"])
def test_what_is_not_a_json_document(text: str) -> None:
    assert json_document(text) == []


def test_a_line_of_json() -> None:
    (field,) = json_document('  "password": "a\\"b",')
    assert (field.key, field.text) == ("password", 'a"b')
    assert secrets(json_document('"auth": {"token": "x-y-z"},')) == ["x-y-z"]


def test_json_lines() -> None:
    text = '{"token": "first-token"}\n{"token": "second-token", "pin": 4711}\n'
    assert secrets(json_lines(text)) == ["first-token", "second-token", "4711"]
    assert json_lines(text + "not json") == []


SETTINGS = """<settings>
  <servers><server>
    <id>releases</id><username>deployment</username><password>kQ9&amp;mT2vX</password>
  </server></servers>
  <mirrors><mirror><url>https://repo.example.com/maven2</url></mirror></mirrors>
</settings>"""
NUGET = """<?xml version="1.0" encoding="utf-8"?>
<configuration><packageSourceCredentials><Contoso>
  <add key="Username" value="deployer" />
  <add key='ClearTextPassword' value='hunter22' />
</Contoso></packageSourceCredentials></configuration>"""

PLIST = """<plist version="1.0"><dict>
  <key>password</key><string>hunter22</string>
  <key>user</key><string>deployer</string> <key>port</key><integer>8080</integer>
</dict></plist>"""


def test_xml() -> None:
    assert secrets(xml_document(PLIST)) == ["hunter22"]
    assert secrets(xml_document(SETTINGS)) == ["kQ9&mT2vX"]
    assert secrets(xml_document(NUGET)) == ["hunter22"]
    assert secrets(xml_document("<a><password><![CDATA[x<y]]></password></a>")) == ["x<y"]
    assert xml_document("a < b > c") == []


@pytest.mark.parametrize("unit", ["<", "<a ", "<a>", "<a b='", "<a><![CDATA[", "<!--"])
def test_odd_xml_is_read_at_once(unit: str) -> None:
    xml_document("<a>" + unit * 5_000)


@pytest.mark.parametrize(
    ("text", "passwords"),
    [
        ("machine h login u password p-w", ["p-w"]),
        ("# c\nmachine h\n  login u\n  password p-w\ndefault login a password b\n", ["p-w", "b"]),
        ('machine h login u password "with blank"', ["with blank"]),
        ("password p-w", ["p-w"]),
        ("login u password p-w", ["p-w"]),
        ("the password is lost", []),
        ("machine learning is fun", []),
    ],
)
def test_netrc(text: str, passwords: list[str]) -> None:
    assert secrets(netrc(text)) == passwords


def test_pgpass() -> None:
    text = "# c\ndb.example.com:5432:*:deploy:hun\\:ter\n*:*:app:other:pass word\n"
    assert secrets(pgpass(text)) == ["hun\\:ter", "hun:ter", "pass word"]
    assert pgpass("a:b:c") == []
    assert pgpass("aa:bb:cc:dd:ee:ff") == []


def test_pem() -> None:
    key = "-----BEGIN RSA PRIVATE KEY-----\nMIIB\n-----END RSA PRIVATE KEY-----\n"
    certificate = "-----BEGIN CERTIFICATE-----\nMIIC\n-----END CERTIFICATE-----\n"
    roles = [(field.key, field.role) for field in pem(key + certificate)]
    assert roles == [("rsa private key", Role.SECRET), ("certificate", Role.PUBLIC)]
    assert pem("-----BEGIN X KEY-----\n" * 2_000) == []
    assert pem(f"KEY='{key}'") == []


@pytest.mark.parametrize("unit", ["_", "b."])
def test_long_names_in_xml_take_no_longer(unit: str) -> None:
    times = []
    for size in (4000, 16_000):
        value = f"<a {unit * size}>x</a>"
        start = time.process_time()
        for _ in range(3):
            xml_document(value)
        times.append(time.process_time() - start)
    # By the square it would take seconds.
    assert times[1] < 8 * times[0] + 0.5
