"""Literals of programming languages against the programs that write them."""

from __future__ import annotations

import re

import pytest

from tests.support.form_case import VALUES, hidden, left, printed


@pytest.mark.parametrize("value", VALUES)
def test_python(value: str) -> None:
    text = repr(value)
    assert hidden(value, text) == text[0] + "<n>" + text[-1]
    data = repr(value.encode())
    assert hidden(value, data) == data[:2] + "<n>" + data[-1]
    assert "<n>" in hidden(value, repr({"argv": [value, "'", '"']}))
    assert hidden(value, ascii(value))[1:-1] == "<n>"


@pytest.mark.parametrize("value", VALUES)
def test_node(value: str) -> None:
    script = "console.log(require('util').inspect({k: process.argv[1]}, {breakLength: Infinity}))"
    assert hidden(value, printed("node", "-e", script, "--", value))[6:-4] == "<n>"


@pytest.mark.parametrize("value", VALUES)
def test_ruby(value: str) -> None:
    script = "v = ARGV[0]; puts v.inspect, v.dump, [v].inspect, {k: v}.inspect"
    text = printed("ruby", "-e", script, "--", value)
    assert left(value, text) <= set('"[]{}:k=>\n')
    assert hidden(value, text).count("<n>") == 4


def test_ruby_interpolation() -> None:
    value = "a#$b#{c}#@d#e"
    text = printed("ruby", "-e", "p ARGV[0]", "--", value)
    assert text == '"a\\#$b\\#{c}\\#@d#e"\n'
    assert hidden(value, text) == '"<n>"\n'


@pytest.mark.parametrize("value", [*VALUES, "us$er@example\x01\x002\x1b[m"])
def test_perl(value: str) -> None:
    script = (
        "use Data::Dumper; $/ = undef; my $v = <STDIN>; my $w = $v; utf8::decode($w);"
        "$Data::Dumper::Terse = 1; print Dumper($v);"
        "$Data::Dumper::Useqq = 1; print Dumper($v), Dumper($w)"
    )
    text = printed("perl", "-e", script, stdin=value)
    assert left(value, text) <= set("'\"\n")
    assert hidden(value, text).count("<n>") >= 3


@pytest.mark.parametrize("value", VALUES)
def test_gnu_ls(value: str, tmp_path_factory: pytest.TempPathFactory) -> None:
    directory = tmp_path_factory.mktemp("names")
    name = value.replace("/", "-")
    (directory / name).touch()
    for locale in ("C", "C.UTF-8"):
        for style in ("c", "escape", "locale"):
            text = printed("ls", f"--quoting-style={style}", locale=locale, cwd=directory)
            assert left(name, text) <= set("'\"\u2018\u2019\n"), style


def test_sed() -> None:
    value = "tab\there-gr\xfc\xdfe\\x\x1b"
    assert hidden(value, printed("sed", "-n", "l 1000", stdin=value)) == "<n>$\n"


@pytest.mark.parametrize(
    ("writer", "value", "written"),
    [
        ("Node inspect", "\x1b[1m\b\x7f\xfc", "\\x1B[1m\\b\\x7F\xfc"),
        ("C escapes", "\x1b[1m\b\x7f\xfc", "\\x1b[1m\\b\\x7f\xfc"),
        ("Python ascii, upper case", "gr\xfc\xdfe-\u5317\x1b", "gr\\xFC\\xDFe-\\u5317\\x1B"),
        ("strace", "\x1b[1m\x0e5-gr\xfc", "\\33[1m\\0165-gr\\303\\274"),
        ("Rust {:?}", 'a"b\\c\x1b\x00-x', 'a\\"b\\\\c\\u{1b}\\0-x'),
        ("ls -b", "a b\nc'd-x", "a\\ b\\nc'd-x"),
        ("libyaml", 'gr\xfc\u5317 \U0001f511"x', 'gr\xfc\u5317 \\U0001F511\\"x'),
        (
            "PyYAML, wrapped",
            "gr\xfc\u5317 \U0001f511 x-y",
            "gr\\xFC\\u5317\\\n  \\ \\U0001F511 x-y",
        ),
        ("PyYAML, in a word", "gr\xfc\u5317-x-y", "gr\\xFC\\\n    \\u5317-x-y"),
        ("libyaml, wrapped", "gr\xfc\u5317 \U0001f511 x-y", "gr\xfc\u5317 \\U0001F511\n  x-y"),
        ("PyYAML", "gr\xfc\xa0\u5317\u2003\U0001f511x", "gr\\xFC\\_\\u5317\\u2003\\U0001F511x"),
        ("curl --libcurl", 'a?b"c\\d-\xfc', 'a\\?b\\"c\\\\d-\\xc3\\xbc'),
        ("curl --libcurl, a digit behind", "gr\xfc-\xdfe-x", "gr\\xc3\\xbc-\\xc3\\237e-x"),
        ("Perl", "user@example", "user\\@example"),
        ("Ruby, ASCII", "gr\xfc\xdfe-\U0001f511", "gr\\u00FC\\u00DFe-\\u{1F511}"),
    ],
)
def test_others(writer: str, value: str, written: str) -> None:
    shown = hidden(value, f"{writer}: '{written}'")
    assert re.sub(r"<n>\n *<n>", "<n>", shown) == f"{writer}: '<n>'"
