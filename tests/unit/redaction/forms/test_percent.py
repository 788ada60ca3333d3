"""What the encoders of languages and libraries make of a value, as they printed it."""

from __future__ import annotations

import quopri
import string
from email.message import EmailMessage

import pytest

from buildbot_keychain.redaction import Redactor
from buildbot_keychain.redaction.forms.percent import percent_encodings, quoted_printable
from tests.support.form_case import hidden

WRITTEN = [
    ("URLSearchParams", "~user/passw0rd", "%7Euser%2Fpassw0rd"),
    ("Java URLEncoder", "~user/passw0rd", "%7Euser%2Fpassw0rd"),
    ("Python 3.6 quote", "tok~en/ab+c", "tok%7Een/ab%2Bc"),
    ("quote of an address", "p@ss:w0rd/x", "p%40ss:w0rd/x"),
    ("PHP urlencode", "~user/pass w0rd", "%7Euser%2Fpass+w0rd"),
    ("axios", "p@ss w0rd!*&", "p%40ss+w0rd!*%26"),
    ("axios", "a:b$c,d/e[f]", "a:b$c,d%2Fe%5Bf%5D"),
    ("axios 1.11", "a:b$c,d/e[f]", "a:b$c,d%2Fe[f]"),
    ("escape", "~user/passw0rd", "%7Euser/passw0rd"),
    ("escape", "key=value/token+abc123", "key%3Dvalue/token+abc123"),
    ("escape", "grüße-北🔑", "gr%FC%DFe-%u5317%uD83D%uDD11"),
    ("encodeURIComponent", "p@ss w0rd!*&", "p%40ss%20w0rd!*%26"),
    ("encodeURI", "x:y@z/w?q#r%s", "x:y@z/w?q#r%25s"),
    ("URL.username", "key=value/token+abc123", "key%3Dvalue%2Ftoken+abc123"),
    ("URL.password", "x:y@z/w?q#r%s", "x%3Ay%40z%2Fw%3Fq%23r%s"),
    ("URL.pathname", "x:y@z/w?q#r%s", "x:y@z/w%3Fq%23r%s"),
    ("URL.pathname", "p|ss{w}[x]^y", "p|ss%7Bw%7D[x]^y"),
    ("URL.pathname, today", "p|ss{w}[x]^y", "p|ss%7Bw%7D[x]%5Ey"),
    ("URL.search", "x:y@z/w?q#r%s", "x:y@z/w?q%23r%s"),
    ("URL.search", "a(b)c*d!e'f", "a(b)c*d!e%27f"),
    ("URL.search of git:", "a(b)c*d e'f", "a(b)c*d%20e'f"),
    ("URL.hash", 'x#y "`{z}', "x#y%20%22%60{z}"),
    ("java.net.URI user", "x:y@z/w?q#r%s", "x:y%40z%2Fw%3Fq%23r%25s"),
    ("java.net.URI path", "x:y@z/w?q#r%s", "x:y@z/w%3Fq%23r%25s"),
    ("java.net.URI query", "x:y@z/w?q#r%s[]", "x:y@z/w?q%23r%25s[]"),
    ("java.net.URI query", "grüße an 日本🔑", "grüße%20an%20日本🔑"),
    ("Go url.UserPassword", "pa$$w!rd-x1", "pa$$w%21rd-x1"),
    ("Go url.PathEscape", "x:y@z/w;q+r", "x:y@z%2Fw%3Bq+r"),
    ("Go URL.EscapedPath", "x:y@z/w?q;r!", "x:y@z/w%3Fq;r%21"),
    ("Go URL.EscapedFragment", "x:y@z/w?q'r!", "x:y@z/w?q%27r!"),
    ("RFC 3986 segment", "x:y@z/w?q#r%s", "x:y@z%2Fw%3Fq%23r%25s"),
    ("RFC 3986 query", "x:y@z/w?q#r%s", "x:y@z/w?q%23r%25s"),
    ("RFC 6570 {+name}", "x:y@z/w?q#r[s]", "x:y@z/w?q#r[s]"),
    (".NET WebUtility", "it's!(a)~b c", "it%27s!(a)%7Eb+c"),
    ("Rust NON_ALPHANUMERIC", "key-_.value~", "key%2D%5F%2Evalue%7E"),
    ("all bytes", "s3cr3t-ü", "%73%33%63%72%33%74%2D%C3%BC"),
]


@pytest.mark.parametrize(("encoder", "value", "written"), WRITTEN)
def test_encoders(encoder: str, value: str, written: str) -> None:
    redactor = Redactor()
    redactor.add("n", value)
    assert redactor.redact(f"{encoder} u={written}&z") == f"{encoder} u=<n>&z"
    assert redactor.redact(f"u={written.replace('%2F', '%2f')}&z") == "u=<n>&z"


def test_ordinary_values_have_few_spellings() -> None:
    for value, most in (("abcdEFGH0123", 1), ("t0ken-with_some.marks", 2), ("dGV4dA+/==", 8)):
        assert len({*percent_encodings(value)} - {value}) <= most


def test_no_value_has_many_spellings() -> None:
    assert len({*percent_encodings(string.punctuation * 2)}) <= 40


@pytest.mark.parametrize(
    "value", ["dGV4dA+/Zz09=", "gr\xfc\xdfe-\u5317\u4eac-x", "a=b\nand=c\n\xe9t\xe9"]
)
def test_quoted_printable(value: str) -> None:
    mail = EmailMessage()
    mail.set_content(f"it is {value}\n", cte="quoted-printable")
    body = mail.as_string().partition("\n\n")[2]
    lines = value.count("\n")
    assert hidden(value, body) == "it is <n>\n" + "<n>\n" * lines
    assert hidden(value, quopri.encodestring(value.encode()).decode()) == "<n>" + "\n<n>" * lines


def test_quoted_printable_of_ordinary_values_is_nothing_new() -> None:
    assert not list(quoted_printable("k9QmT2vXzR7pLw4N 8HsJ3dFg"))
