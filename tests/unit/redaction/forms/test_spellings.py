"""Each form against the program that writes it, or against the standard that defines it."""

from __future__ import annotations

import base64
import html
import json
import shlex
import shutil
import subprocess
import urllib.parse
from xml.sax.saxutils import quoteattr

import pytest

from buildbot_keychain.redaction import RedactionPolicy, Redactor
from buildbot_keychain.redaction.forms import FORMS

VALUES = [
    "pa\"ss'w\\ord",
    "it's a \\ se\"cret\twith\ttabs",
    "grüße-北京-🔑-token",
    "a&b<c>d;e|f$g`h*i?j",
    "user:pw/1+2=3%4 5~6",
    "line one of it\nline 'two' of it\nthe \"third\" line",
    "''quoted''value''",
    "!bang#hash{brace}[br],comma^",
    "\x01\x1b\x7fcontrol-chars",
    "~home=~user:~path#~end",
    "tab\there\nand there",
]


def hidden(value: str, text: str, policy: RedactionPolicy | None = None) -> str:
    redactor = Redactor(policy)
    redactor.add("n", value)
    return redactor.redact(text)


@pytest.mark.parametrize("value", VALUES)
class TestWhatProgramsWrite:
    def test_json(self, value: str) -> None:
        for ascii_only in (True, False):
            once = json.dumps(value, ensure_ascii=ascii_only)
            assert hidden(value, once) == '"<n>"'
            twice = json.dumps(once, ensure_ascii=ascii_only)
            assert hidden(value, twice) == '"\\"<n>\\""'

    def test_python(self, value: str) -> None:
        text = repr(value)
        assert hidden(value, text) == text[0] + "<n>" + text[-1]
        data = repr(value.encode())
        assert hidden(value, data) == data[:2] + "<n>" + data[-1]
        assert "<n>" in hidden(value, repr({"argv": [value, "'", '"']}))
        assert hidden(value, ascii(value))[1:-1] == "<n>"

    def test_percent_encoding(self, value: str) -> None:
        for safe in ("", "/", "!'()*", ";,/?:@&=+$!*'()#"):
            for encode in (urllib.parse.quote, urllib.parse.quote_plus):
                text = encode(value, safe=safe) if encode is urllib.parse.quote else encode(value)
                assert hidden(value, f"x {text} y") == "x <n> y"
                lower = "".join(
                    piece if not index else "%" + piece[:2].lower() + piece[2:]
                    for index, piece in enumerate(text.split("%"))
                )
                assert hidden(value, f"x {lower} y") == "x <n> y"

    def test_markup(self, value: str) -> None:
        assert hidden(value, html.escape(value)).replace("<n>", "").strip() == ""
        assert "<n>" in hidden(value, html.escape(value, quote=False))
        references = html.escape(value, quote=False).encode("ascii", "xmlcharrefreplace").decode()
        assert "<n>" in hidden(value, references)
        single = html.escape(value, quote=False).replace("'", "&apos;")
        assert "<n>" in hidden(value, single)
        if "\x1b" not in value:  # which XML cannot hold
            attribute = quoteattr(value)
            assert hidden(value, attribute).replace("<n>", "").strip("'\"\n") == ""

    def test_shlex(self, value: str) -> None:
        text = hidden(value, f"+ echo {shlex.quote(value)}")
        assert text.replace("<n>", "").replace("'", "").split() == ["+", "echo"]

    @pytest.mark.parametrize("shell", ["bash", "dash", "busybox"])
    def test_shell_trace(self, value: str, shell: str) -> None:
        program = shutil.which(shell)
        if program is None:
            pytest.skip(f"{shell} is not installed")
        command = [program, *(["sh"] if shell == "busybox" else []), "-xc", ': "$1"', "sh", value]
        for locale in ("C", "C.UTF-8"):
            done = subprocess.run(
                command,
                capture_output=True,
                check=True,
                env={"LC_ALL": locale, "PATH": "/usr/bin:/bin"},
            )
            trace = done.stderr.decode("utf-8", "surrogateescape")
            shown = hidden(value, trace).replace("<n>", "")
            assert set(shown) <= set("+: $'\n"), shown

    def test_bash_printf_q(self, value: str) -> None:
        program = shutil.which("bash")
        if program is None:
            pytest.skip("bash is not installed")
        for script in ('printf %q "$1"', "declare -p v", 'echo "${1@Q}"'):
            done = subprocess.run(
                [program, "-c", f"v=$1; {script}", "sh", value],
                capture_output=True,
                check=True,
                text=True,
                env={"LC_ALL": "C.UTF-8", "PATH": "/usr/bin:/bin"},
            )
            shown = hidden(value, done.stdout).replace("<n>", "")
            assert set(shown) <= set("declare -v=\"$'\n"), shown

    def test_hexadecimal(self, value: str) -> None:
        digits = value.strip().encode().hex()
        assert hidden(value, f"0x{digits} 0x{digits.upper()}") == "0x<n> 0x<n>"

    @pytest.mark.parametrize("offset", range(7))
    @pytest.mark.parametrize("after", ["", "!", "\n", "and more"])
    def test_base64(self, value: str, offset: int, after: str) -> None:
        plain = b"prefix:"[:offset] + value.encode() + after.encode()
        for encode in (base64.b64encode, base64.urlsafe_b64encode):
            text = encode(plain).decode()
            first = offset * 8 // 6
            shown = hidden(value, text)
            assert shown.startswith(text[:first] + "<n>")
            rest = shown[first + 3 :]
            assert text.endswith(rest)
            # No character that carries a bit of the value is left.
            assert (len(text) - len(rest)) * 6 >= (offset + len(value.encode())) * 8

    def test_wrapped_base64(self, value: str) -> None:
        long = value.strip() + "-and-so-on" * 8
        text = base64.encodebytes(b"ab" + long.encode()).decode()
        shown = hidden(long, text)
        assert shown == text[:2] + "<n>\n" * text.count("\n")

    @pytest.mark.parametrize("before", range(76))
    def test_base64_wrapped_anywhere(self, value: str, before: int) -> None:
        text = base64.encodebytes(b"." * before + value.strip().encode() + b"." * 40).decode()
        shown = hidden(value, text)
        left = shown.replace("<n>", "").replace("\n", "")
        # Of a piece of the value before a line end, three characters may be shown.
        digits = len(value.strip().encode()) * 8 // 6
        assert len(text.replace("\n", "")) - len(left) >= digits - 3

    def test_wrapped_hexadecimal(self, value: str) -> None:
        long = value.strip() + "-and-so-on" * 8
        for digits in (long.encode().hex(), long.encode().hex().upper()):
            text = "".join(f"{digits[at : at + 60]}\n" for at in range(0, len(digits), 60))
            assert hidden(long, text) == "<n>\n" * text.count("\n")

    def test_node_inspect(self, value: str) -> None:
        program = shutil.which("node")
        if program is None:
            pytest.skip("node is not installed")
        script = (
            "console.log(require('util').inspect({k: process.argv[1]}, {breakLength: Infinity}))"
        )
        done = subprocess.run(
            [program, "-e", script, "--", value], capture_output=True, check=True, text=True
        )
        assert hidden(value, done.stdout)[6:-4] == "<n>"

    def test_doubled(self, value: str) -> None:
        for quote in "'\"":
            assert hidden(value, value.replace(quote, quote * 2)).replace("<n>", "").strip() == ""


@pytest.mark.parametrize(
    ("writer", "value", "written"),
    [
        ("git sq_quote", "hello!w0rld", "hello'\\!'w0rld"),
        ("git sq_quote", "it's!me-xyz", "it'\\''s'\\!'me-xyz"),
        ("ElementTree", "tab\there\r\nthere", "tab&#09;here&#13;&#10;there"),
        ("libxml2", "tab\there\r\nthere", "tab&#9;here&#13;&#10;there"),
        ("Go xml.EscapeText", "tab\there\r\n'there'", "tab&#x9;here&#xD;&#xA;&#39;there&#39;"),
        (
            "bash printf %q, UTF-8",
            "gr\xfc\xdfe\x9f\u2028'x",
            "gr\xfc\xdfe\\302\\237\\342\\200\\250\\'x",
        ),
        ("bash printf %q, C", "gr\xfc\xdfe\n-x", "gr\\303\\274\\303\\237e\\n-x"),
        ("Node inspect", "\x1b[1m\b\x7f\xfc", "\\x1B[1m\\b\\x7F\xfc"),
        ("C escapes", "\x1b[1m\b\x7f\xfc", "\\x1b[1m\\b\\x7f\xfc"),
        ("Python ascii, upper case", "gr\xfc\xdfe-\u5317\x1b", "gr\\xFC\\xDFe-\\u5317\\x1B"),
        ("Go encoding/json", "a<b>&\xfc\u2028cd", "a\\u003cb\\u003e\\u0026\xfc\\u2028cd"),
        ("json.dumps of other JSON", "\x01gr\xfc\xdfe-x", "\\\\u0001gr\\u00fc\\u00dfe-x"),
        ("System.Text.Json", "a\"b'c+d/e\\f", "a\\u0022b\\u0027c\\u002Bd/e\\\\f"),
        ("System.Text.Json", "gr\xfc\xdfe`<x>", "gr\\u00FC\\u00DFe\\u0060\\u003Cx\\u003E"),
        ("Gson", "key=val'ue&1", "key\\u003dval\\u0027ue\\u00261"),
        ("PHP json_encode, JSON_HEX_*", "a\"b'c/d<e>", "a\\u0022b\\u0027c\\/d\\u003Ce\\u003E"),
        ("Underscore", "a`b'c<d>-x", "a&#x60;b&#x27;c&lt;d&gt;-x"),
        ("Handlebars", "abc/def+ghi=", "abc/def+ghi&#x3D;"),
        ("Mustache", "abc/d'ef=`", "abc&#x2F;d&#39;ef&#x3D;&#x60;"),
        ("Canonical XML, attribute", 'a"b<c>&d-x', "a&quot;b&lt;c>&amp;d-x"),
        ("lxml, ASCII", "p\xe4ss-w\xf6rd", "p&#xE4;ss-w&#xF6;rd"),
        ("XML in XML", "a<b>&'c-def", "a&amp;lt;b&amp;gt;&amp;amp;&amp;#x27;c-def"),
        ("zsh", "ab'cd''ef-x", "ab'\\''cd'\\'\\''ef-x"),
        ("make", "pa$$-$word", "pa$$$$-$$word"),
        ("Jenkins", "pa$$-word", "pa$-word"),
    ],
)
def test_what_one_program_writes(writer: str, value: str, written: str) -> None:
    assert hidden(value, f"{writer}: '{written}'") == f"{writer}: '<n>'"


def test_every_form_survives_anything() -> None:
    for value in ("", "\0", "\ud800", "'", "\\", "x" * 1000, "\n", "\U0010ffff"):
        for form in FORMS:
            list(form(value))


def test_a_form_of_ones_own() -> None:
    policy = RedactionPolicy(forms=(*FORMS, lambda value: [value[::-1]]))
    assert hidden("s3cr3t-value", "eulav-t3rc3s", policy) == "<n>"
    assert hidden("s3cr3t-value", "eulav-t3rc3s") == "eulav-t3rc3s"
