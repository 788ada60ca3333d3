"""XML and HTML against their writers."""

from __future__ import annotations

import html
from xml.sax.saxutils import quoteattr

import pytest

from tests.support.form_case import VALUES, hidden, printed


@pytest.mark.parametrize("value", VALUES)
def test_python(value: str) -> None:
    assert hidden(value, html.escape(value)).replace("<n>", "").strip() == ""
    assert "<n>" in hidden(value, html.escape(value, quote=False))
    references = html.escape(value, quote=False).encode("ascii", "xmlcharrefreplace").decode()
    assert "<n>" in hidden(value, references)
    single = html.escape(value, quote=False).replace("'", "&apos;")
    assert "<n>" in hidden(value, single)
    if "\x1b" not in value:  # which XML cannot hold
        attribute = quoteattr(value)
        assert hidden(value, attribute).replace("<n>", "").strip("'\"\n") == ""


@pytest.mark.parametrize("value", VALUES)
def test_jq(value: str) -> None:
    text = printed("jq", "-rR", "--slurp", "@html", stdin=value)
    assert hidden(value, text).replace("<n>", "").strip() == ""


@pytest.mark.parametrize(
    ("value", "written"),
    [
        ("tab\there\r\nthere", "tab&#09;here&#13;&#10;there"),  # ElementTree
        ("tab\there\r\nthere", "tab&#9;here&#13;&#10;there"),  # libxml2
        ("tab\there\r\n'there'", "tab&#x9;here&#xD;&#xA;&#39;there&#39;"),  # Go xml.EscapeText
        ("a`b'c<d>-x", "a&#x60;b&#x27;c&lt;d&gt;-x"),  # Underscore
        ("abc/def+ghi=", "abc/def+ghi&#x3D;"),  # Handlebars
        ("abc/d'ef=`", "abc&#x2F;d&#39;ef&#x3D;&#x60;"),  # Mustache
        ('a"b<c>&d-x', "a&quot;b&lt;c>&amp;d-x"),  # Canonical XML, attribute
        ("gr\xfc\xdfe\u5317'x&", "gr&uuml;&szlig;e\u5317&#039;x&amp;"),  # PHP htmlentities
        ("p\xe4ss-w\xf6rd", "p&#xE4;ss-w&#xF6;rd"),  # lxml, ASCII
        ("p\xe4ss-\u672c\U0001f511", "p\xe4ss-\u672c&#128273;"),  # Java Transformer
        ("p\xe4ss-\u672c\U0001f511", "p\xe4ss-\u672c&#xd83d;&#xdd11;"),  # Java Properties
    ],
)
def test_others(value: str, written: str) -> None:
    assert hidden(value, f"x '{written}' y") == "x '<n>' y"
