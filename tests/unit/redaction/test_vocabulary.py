"""What is looked for on account of one value."""

from __future__ import annotations

import base64
import html
import json
import urllib.parse
from collections.abc import Callable

import pytest

from buildbot_keychain.redaction import RedactionPolicy, Redactor

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


def hidden(value: str, text: str, policy: RedactionPolicy) -> str:
    redactor = Redactor(policy)
    redactor.add("n", value)
    return redactor.redact(text)


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
