"""What is looked for on account of one value."""

from __future__ import annotations

import base64
import html
import json
import random
import urllib.parse
from collections.abc import Callable

import pytest

from buildbot_keychain.redaction import RedactionPolicy, Redactor
from buildbot_keychain.redaction.forms.expansion import LARGEST, expand
from tests.support.adversarial_values import ordinary
from tests.support.form_case import hidden

ENCODERS: list[Callable[[str], str]] = [
    json.dumps,
    lambda value: json.dumps(json.dumps(value)),
    repr,
    lambda value: repr(value.encode()),
    urllib.parse.quote,
    urllib.parse.quote_plus,
    lambda value: html.escape(value).replace("\r", "&#13;").replace("\n", "&#10;"),
    lambda value: "$" + repr(value),
    lambda value: value.encode().hex(),
    lambda value: base64.b64encode(value.encode()).decode(),
]
POLICIES = [RedactionPolicy(), RedactionPolicy.ansi(), RedactionPolicy.build_log()]


@pytest.mark.parametrize("policy", POLICIES)
@pytest.mark.parametrize("encode", ENCODERS)
@pytest.mark.parametrize("stored", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("written", ["\n", "\r\n"])
def test_lines_that_end_otherwise(
    policy: RedactionPolicy,
    encode: Callable[[str], str],
    stored: str,
    written: str,
) -> None:
    lines = ["an", "bb", "cc-dd"]
    text = encode(written.join(lines))
    assert hidden(stored.join(lines), text, policy).strip("b'\"\\$") == "<n>"
    document = json.dumps({"key": stored.join(lines)})
    assert hidden(document, text, policy).strip("b'\"\\$") == "<n>"


PEM = "-----BEGIN X KEY-----\nMIIBVQIBADAN+/==\n-----END X KEY-----\n"


@pytest.mark.parametrize("policy", POLICIES)
@pytest.mark.parametrize("encode", ENCODERS)
@pytest.mark.parametrize("value", ["s3cr3t-value\n", " \ts3cr3t-value", "s3cr3t-value\r\n", PEM])
def test_white_space_at_the_ends(
    policy: RedactionPolicy,
    encode: Callable[[str], str],
    value: str,
) -> None:
    for text in (encode(value), encode(value.strip())):
        assert hidden(value, text, policy).strip("b'\"\\$ \t") == "<n>"
    assert hidden(json.dumps([value]), encode(value), policy).strip("b'\"\\$ \t") == "<n>"


@pytest.mark.parametrize("policy", POLICIES)
def test_white_space_that_is_no_part_of_an_encoding(policy: RedactionPolicy) -> None:
    assert hidden("  s3cr3t value\n", "x  s3cr3t value\n\n y", policy) == "x  <n>\n\n y"
    assert hidden("  s3cr3t value\n", '"  s3cr3t value\n"', policy) == '"  <n>\n"'
    assert hidden(PEM, f"{PEM}\n{PEM}", policy) == "<n>\n<n>\n<n>\n\n<n>\n<n>\n<n>\n"


@pytest.mark.parametrize("policy", POLICIES)
def test_white_space_makes_no_value_long_enough(policy: RedactionPolicy) -> None:
    assert hidden("hunter\n\n", '"hunter\\n\\n"', policy) == '"<n>\\n\\n"'
    assert hidden("hunter\n\n", '"bountyhunter\\n\\n"', policy) == '"bountyhunter\\n\\n"'


def test_raw_values_are_trimmed_too() -> None:
    policy = RedactionPolicy.raw()
    assert hidden("hunter2\n", "x hunter2 y hunter2\n", policy) == "x <n> y <n>\n"
    assert hidden(" hunter2 ", "x=hunter2; hunter2 ", policy) == "x=<n>;<n>"
    assert hidden(" \n", "a b \n", policy) == "a b \n"


def test_a_byte_order_mark_is_no_part_of_a_value() -> None:
    for value in ("\ufeffs3cr3t-value\n", "\ufeffA=s3cr3t-value", '\ufeff{"a": "s3cr3t-value"}'):
        assert hidden(value, "x s3cr3t-value y", RedactionPolicy()) == "x <n> y"


def test_what_a_value_gives_rise_to_is_bounded() -> None:
    source = random.Random(6)
    lines = ["".join(source.choices("!#$%&'()*+,/:;=?@[]\"\\", k=8)) for _ in range(2000)]
    value = "\n".join(lines)
    policy = RedactionPolicy.build_log()
    found = expand(value, 0, policy)
    assert not found.complete
    assert len(found.patterns) <= LARGEST
    redactor = Redactor(policy)
    redactor.add("many", value)
    redactor.add("few", "s3cr3t-value")
    assert redactor.in_fewer_forms == ("many",)
    # The lines as they stand are always among them.
    assert redactor.redact(f"x {lines[-1]} y\n") == "x <many> y\n"
    assert redactor.redact(f"{value}\n").count("<many>\n") == 2000


@pytest.mark.parametrize(
    "policy", [RedactionPolicy(), RedactionPolicy.ansi(), RedactionPolicy.build_log()]
)
@pytest.mark.parametrize(
    "value",
    [
        *ordinary(12)[2::9],
        "\tk9QmT2v  XzR7p%4Wc/L8Hs\x1b[31mJ3dFgA6eU\r\nbY5nD1w EeK0fL7mZ2qT9\n",
        '{"token": "k9QmT2vXzR7p4Wc/L8HsJ3dFgA6eU", "url": "https://a:bY5nD1wEeK0fL7mZ2@h/x"}',
    ],
    ids=["address", "key", "blanks", "json"],
)
def test_what_is_hidden_from_all_is_found_by_what_was_given(
    policy: RedactionPolicy, value: str
) -> None:
    found = expand(value, 0, policy)
    given = {
        (each.normalisation, each.text, each.before, each.after)
        for each in found.patterns
        if not each.words
    }
    normalisations = {each.normalisation for each in found.patterns}
    patterns = [each for text in found.open_texts for each in text.patterns]
    assert patterns
    for pattern in patterns:
        read = pattern.normalisation
        spellings = [pattern.text, pattern.text.replace(b" ", b"  \t "), pattern.text.lower()]
        for spelling in spellings:
            rest = pattern.before, pattern.after
            assert read(spelling) != pattern.text or any(
                (each, each(spelling), *rest) in given for each in normalisations
            )


@pytest.mark.parametrize("policy", POLICIES)
def test_a_no_break_space_before_a_line_end_is_part_of_the_value(policy: RedactionPolicy) -> None:
    redactor = Redactor(policy)
    redactor.add("n", "k9QmT2vXzR7p4WcL\xa0\nbY5nD1wEeK0fL7mZ")
    text = "k9QmT2vXzR7p4WcL\xa0 bY5nD1wEeK0fL7mZ"
    assert redactor.redact(text) == "<n>"
    assert redactor.redact(text, given=frozenset()) == "<secret>"


def test_ordinary_values_have_all_their_forms() -> None:
    for value in ("s3cr3t-value", PEM * 3, '{"a": "s3cr3t", "b": ["value-of-it"]}'):
        assert expand(value, 0, RedactionPolicy()).complete


def test_a_value_that_is_too_long_for_forms_is_not_said_to_be_hidden_in_all() -> None:
    value = "API_TOKEN='s3cr3t'\n" * 4000
    assert not expand(value, 0, RedactionPolicy()).complete
    assert not expand(value, 0, RedactionPolicy(forms=())).complete
    assert expand(value, 0, RedactionPolicy.raw()).complete
