"""Forms inside of forms, as programs print them."""

from __future__ import annotations

import base64
import html
import json
import re
import shlex
import urllib.parse

import pytest

from buildbot_keychain.redaction.forms import FORMS
from buildbot_keychain.redaction.forms.composition import compositions
from buildbot_keychain.redaction.forms.spellings import text_of
from tests.support.form_case import VALUES, hidden, left, printed


def document(value: str) -> str:
    return json.dumps({"password": value}, ensure_ascii=False)


def in_go(value: str) -> str:
    text = document(value)
    for character in "<>&":
        text = text.replace(character, f"\\u{ord(character):04x}")
    return text


def in_double_quotes(value: str) -> str:
    for character in '\\"$`':
        value = value.replace(character, f"\\{character}")
    return f'"{value}"'


def shellwords(value: str) -> str:
    """Return a word as Ruby's Shellwords escapes it."""
    return re.sub(r"[^A-Za-z0-9_\-.,:+/@\n]", r"\\\g<0>", value).replace("\n", "'\n'")


def bash_quotes(value: str) -> str:
    return value.replace("'", "'\\''")


def bash_word(value: str) -> str:
    """Return a word as ``printf %q`` of bash escapes it that has no control characters."""
    return re.sub(r"[\s'\"\\|&;()<>!{}*\[\]?^$`,]|^[#~]|(?<=[:=])~", r"\\\g<0>", value)


def in_base64(text: str) -> str:
    return base64.b64encode(text.encode()).decode()


COMPOSITIONS = {
    "JSON in repr": lambda value: repr({"body": document(value)}),
    "JSON in the repr of bytes": lambda value: repr(document(value)),
    "shell in JSON": lambda value: json.dumps(["sh", "-c", f"echo {shlex.quote(value)}"]),
    "a single quote of bash in JSON": lambda value: json.dumps(
        "echo '" + value.replace("'", "'\\''") + "'", ensure_ascii=False
    ),
    "double quotes in JSON": lambda value: json.dumps(f"echo {in_double_quotes(value)}"),
    "Shellwords in JSON": lambda value: json.dumps(f"curl {shellwords(value)}"),
    "JSON in YAML": lambda value: "p: '" + document(value).replace("'", "''") + "'",
    "shell in ninja": lambda value: f"command = x {shlex.quote(value)}".replace("$", "$$"),
    "shell in repr": lambda value: repr(["sh", "-c", f"echo {shlex.quote(value)}"]),
    "JSON in shell": lambda value: f"curl -d {shlex.quote(document(value))}",
    "JSON in double quotes": lambda value: f"curl -d {in_double_quotes(document(value))}",
    "backslashes twice": lambda value: bash_word(bash_word(value)),
    "a quoted word in backslashes": lambda value: bash_word(f"'{bash_quotes(value)}'"),
    "digits of base64": lambda value: base64.b64encode(value.encode()).hex(),
    "digits of base64 of a line": lambda value: base64.b64encode(f"{value}\n".encode()).hex(),
    "base64 of digits": lambda value: in_base64(f"x={value.encode().hex()}"),
    "URL in URL": lambda value: urllib.parse.quote_plus(
        "https://x/?p=" + urllib.parse.quote(value, safe="")
    ),
    "JSON in URL": lambda value: urllib.parse.quote(document(value), safe=""),
    "JSON of Go in URL": lambda value: urllib.parse.quote_plus(in_go(value)),
    "HTML of JSON": lambda value: html.escape(document(value)),
    "XML of JSON": lambda value: html.escape(document(value), quote=False),
    "XML in XML": lambda value: html.escape(html.escape(value)),
    "repr in JSON": lambda value: json.dumps(repr({"k": value})),
    "JSON in JSON in JSON": lambda value: json.dumps(json.dumps(document(value))),
    "JSON in shell in JSON": lambda value: json.dumps(f"curl -d {shlex.quote(document(value))}"),
    "JSON in shell in repr": lambda value: repr(["-c", f"curl -d {shlex.quote(document(value))}"]),
    "JSON in JSON in repr": lambda value: repr({"k": json.dumps(document(value))}),
}


@pytest.mark.parametrize("value", VALUES)
@pytest.mark.parametrize("composition", COMPOSITIONS)
def test_text(composition: str, value: str) -> None:
    text = COMPOSITIONS[composition](value)
    plain = COMPOSITIONS[composition]("0" * 9)
    start, _, end = plain.partition("0" * 9)
    assert "<n>" in hidden(value, text)
    # Quotes of shells at the ends stay outside, and line ends that a form leaves.
    assert left(value, text) <= set(start + end) | set("'\"\\\n")


@pytest.mark.parametrize("value", VALUES)
def test_in_base64(value: str) -> None:
    for text in (
        document(value),
        json.dumps({"p": value}),
        in_go(value),
        f"x={shlex.quote(value)}",
    ):
        for before in ("", "a", "ab"):
            encoded = base64.b64encode(before.encode() + text.encode()).decode()
            assert "<n>" in hidden(value, encoded)
            assert len(hidden(value, encoded)) < len(text) * 4 // 3


@pytest.mark.parametrize("user", ["u", "me", "bot"])
def test_dockerconfigjson(user: str) -> None:
    value = "s3cr3t&value/of+it"
    auth = base64.b64encode(f"{user}:{value}".encode()).decode()
    config = json.dumps(
        {"auths": {"r.example": {"username": user, "password": value, "auth": auth}}}
    )
    assert hidden(value, config).count("<n>") == 2
    secret = base64.b64encode(config.encode()).decode()
    shown = hidden(value, secret)
    assert shown.count("<n>") == 2
    assert len(shown) < len(secret) - 40


@pytest.mark.parametrize("value", ["s3cr3t-value-1234", "s3cr3t-value-123", "s3cr3t-value-12"])
@pytest.mark.parametrize("before", ["{", "{ ", "{  "])
def test_base64_in_base64_shows_no_bit_of_the_last_character(value: str, before: str) -> None:
    shown = {
        hidden(each, base64.b64encode(before.encode() + text + b'"}').decode()).partition("<n>")[2]
        for each in (value, value[:-1] + "n")
        for text in (base64.b64encode(f"me:{each}".encode()),)
    }
    assert len(shown) == 1


@pytest.mark.parametrize("value", VALUES)
def test_jq(value: str) -> None:
    filters = [
        "{p: .} | tojson | @uri",
        "{p: .} | tojson | @html",
        "{p: .} | tojson | @sh",
        "@uri | @uri",
        "@html | tojson",
        "@sh | tojson",
        "{p: .} | tojson | @base64",
    ]
    for each in filters:
        text = printed("jq", "-rR", "--slurp", each, stdin=value)
        assert "<n>" in hidden(value, text), each


def test_a_token_in_base64_in_an_address_and_in_json_of_php() -> None:
    value = "\xff>?>?s3cr3t?>?>"
    encoded = base64.b64encode(value.encode()).decode()
    assert "+" in encoded or "/" in encoded
    assert hidden(value, urllib.parse.quote(encoded, safe="")) == "<n>%3D%3D"
    assert hidden(value, encoded.replace("/", "\\/")) == "<n>"


def test_ordinary_values_have_few() -> None:
    for value, most in (("a1B2" * 10, 20), ("t0ken-with_some.marks", 20), ("k=v/w+x" * 5, 60)):
        others = {
            text_of(each) for form in FORMS if form is not compositions for each in form(value)
        }
        assert len({text_of(each) for each in compositions(value)} - others - {value}) <= most
