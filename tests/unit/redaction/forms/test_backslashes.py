"""Regular expressions and others with backslashes, against the libraries that write them."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from buildbot_keychain.redaction.forms.backslashes import ESCAPED, backslashes, properties
from tests.support.form_case import VALUES, hidden, left, printed

UUID = "f81d4fae-7dec-11d0-a765-00a0c91e6bf6"
JAVA = """
import java.util.*; import java.io.*; import java.util.regex.*;
class Escapes { public static void main(String[] all) throws Exception {
  PrintStream out = new PrintStream(System.out, true, "UTF-8");
  for (String value : all) {
    Properties properties = new Properties();
    properties.setProperty("k", value);
    properties.store(out, null);
    out.println(Pattern.quote(value));
    out.println("\\0");
  }
} }
"""


@pytest.mark.parametrize("value", [*VALUES, UUID])
def test_python(value: str) -> None:
    assert left(value, re.escape(value)) <= {"\n"}


@pytest.mark.parametrize("value", [*VALUES, UUID])
def test_ruby(value: str) -> None:
    text = printed("ruby", "-e", "puts Regexp.escape(ARGV[0])", "--", value)
    assert hidden(value, text) == "<n>\n" * (1 + text.count("\n", 0, -1))


@pytest.mark.parametrize("value", [*VALUES, UUID])
def test_perl(value: str) -> None:
    script = "use open qw(:std :utf8); $/ = undef; print quotemeta(<STDIN>)"
    assert left(value, printed("perl", "-e", script, stdin=value)) <= {"\n"}


@pytest.mark.parametrize("value", [*VALUES, UUID])
def test_node(value: str) -> None:
    script = r"""
        const value = process.argv[1];
        console.log(value.replace(/[.*+?^${}()|[\]\\]/g, '\\$&'));
        console.log(value.replace(/[|\\{}()[\]^$+*?.]/g, '\\$&').replace(/-/g, '\\x2d'));
        console.log(new RegExp(value.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')).source);
    """
    assert left(value, printed("node", "-e", script, "--", value)) <= {"\n"}


def test_java(tmp_path: Path) -> None:
    source = tmp_path / "Escapes.java"
    source.write_text(JAVA)
    values = [*VALUES, UUID, "a=b:c#d!e\\f", "dGV4dA+/abc==", "with\\Einside"]
    text = printed("java", "-Dsun.jnu.encoding=UTF-8", str(source), *values)
    for value, written in zip(values, text.split("\0\n"), strict=False):
        entry = re.sub("(?m)^#.*\n", "", written, count=1)
        assert left(value, entry) <= set("k=\\QE\n"), entry


@pytest.mark.parametrize(
    ("value", "written"),
    [
        ("a.b-c d#e&f", r"a\.b-c\ d\#e&f"),  # .NET
        ("a.b-c d#e&f~", r"a\.b\-c d\#e\&f\~"),  # Rust
        ("a.b-c d#e:f!/", r"a\.b\-c d\#e\:f\!/"),  # PHP before 7.3: the # too
        ("a.b/c[d]", r"a\.b\/c\[d\]"),  # sed
        ("a/b&c\\d", r"a\/b\&c\\d"),  # sed, a replacement
        ("abc;def;ghi", r"abc\;def\;ghi"),  # CMake
        ("dGV4dA+/abc==", r"dGV4dA+/abc\=\="),  # Java
        ("a_b*c[d]e`f", r"a\_b\*c\[d\]e\`f"),  # Markdown
        ("snake_case_token", r"snake\_case\_token"),
        ("a_b-c.d!(e)", r"a\_b\-c\.d\!\(e\)"),  # Telegram
        ("a|b|cdefgh", r"a\|b\|cdefgh"),  # a table
        ("a_b<c>|d-e.f", r"a\_b\<c\>\|d\-e\.f"),  # Markdown with both
        ("it's$a;b~c!d", r"it\'s\$a\;b\~c!d"),  # PHP escapeshellcmd
        ("'it's'$a\"b", "'it's'\\$a\\\"b"),
        ("1st-of#all", r"\x31st\x2dof\x23all"),  # ECMAScript RegExp.escape
        (r"a\b\cdefgh", r"abcdefgh"),  # read without -r
        ('x"y \\"z', 'x\\"y \\\\\\"z'),  # an argument of a Windows program
        ("gr\xfc\xdfe\t=x", "gr\\u00FC\\u00DFe\\t\\=x"),  # Properties
    ],
)
def test_others(value: str, written: str) -> None:
    assert hidden(value, f"x '{written}' y") == "x '<n>' y"


def test_ordinary_values_have_few_spellings() -> None:
    for value, most in (("abcdEFGH0123", 1), (UUID, 3), ("dGV4dA+/==", 8)):
        assert len({*backslashes(value)} - {value}) <= most
    assert len({*backslashes("!#$%&'()*+,-./:;<=>?@[\\]^_`{|}~")}) <= 2 * len(ESCAPED)
    assert {*properties("abcdEFGH0123")} == {"abcdEFGH0123"}
