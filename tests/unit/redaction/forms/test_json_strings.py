"""Strings of JSON against their writers."""

from __future__ import annotations

import json

import pytest

from tests.support.form_case import VALUES, hidden, printed


@pytest.mark.parametrize("value", VALUES)
def test_python(value: str) -> None:
    for ascii_only in (True, False):
        once = json.dumps(value, ensure_ascii=ascii_only)
        assert hidden(value, once) == '"<n>"'
        twice = json.dumps(once, ensure_ascii=ascii_only)
        assert hidden(value, twice) == '"\\"<n>\\""'


@pytest.mark.parametrize("value", VALUES)
def test_jq(value: str) -> None:
    text = printed("jq", "-cR", "--slurp", "., tojson, (tojson | tojson)", stdin=value)
    assert hidden(value, text).replace("\\", "").replace('"', "") == "<n>\n" * 3


@pytest.mark.parametrize(
    ("value", "written"),
    [
        ("a<b>&\xfc\u2028cd", "a\\u003cb\\u003e\\u0026\xfc\\u2028cd"),  # Go encoding/json
        ("\x01gr\xfc\xdfe-x", "\\\\u0001gr\\u00fc\\u00dfe-x"),  # json.dumps of other JSON
        ("a\"b'c+d/e\\f", "a\\u0022b\\u0027c\\u002Bd/e\\\\f"),  # System.Text.Json
        ("gr\xfc\xdfe`<x>", "gr\\u00FC\\u00DFe\\u0060\\u003Cx\\u003E"),  # System.Text.Json
        ("key=val'ue&1", "key\\u003dval\\u0027ue\\u00261"),  # Gson
        ("a\"b'c/d<e>", "a\\u0022b\\u0027c\\/d\\u003Ce\\u003E"),  # PHP, JSON_HEX_*
    ],
)
def test_others(value: str, written: str) -> None:
    assert hidden(value, f"x '{written}' y") == "x '<n>' y"
