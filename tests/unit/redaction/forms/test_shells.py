"""What shells and their tools quote, against them."""

from __future__ import annotations

import shlex
import string

import pytest

from tests.support.form_case import VALUES, WORDS, hidden, left, printed

SHELLS = [("bash",), ("dash",), ("busybox", "sh")]
LOCALES = ["C", "C.UTF-8"]


@pytest.mark.parametrize("value", VALUES)
def test_shlex(value: str) -> None:
    text = hidden(value, f"+ echo {shlex.quote(value)}")
    assert text.replace("<n>", "").replace("'", "").split() == ["+", "echo"]


@pytest.mark.parametrize("locale", LOCALES)
@pytest.mark.parametrize("shell", SHELLS)
@pytest.mark.parametrize("value", VALUES)
def test_trace(value: str, shell: tuple[str, ...], locale: str) -> None:
    text = printed(*shell, "-xc", ': "$1"', "sh", value, locale=locale)
    assert left(value, text) <= set("+: $'\n")


@pytest.mark.parametrize("locale", LOCALES)
@pytest.mark.parametrize("value", VALUES)
def test_trace_of_a_comparison(value: str, locale: str) -> None:
    for script in ('[[ x == "$1" ]]', '[[ x =~ "$1" ]]', '[[ x != y"$1" ]]'):
        text = printed("bash", "-xc", f"{script}; :", "sh", value, locale=locale)
        text = text.removesuffix("+ :\n")
        assert left(value, text) <= set("+ [=~!]xy\\\n"), script
        assert "<n>" in hidden(value, text)


@pytest.mark.parametrize("shell", SHELLS)
@pytest.mark.parametrize("value", [*WORDS, "line one\n  line 'two'"])
def test_trace_of_words(value: str, shell: tuple[str, ...]) -> None:
    text = printed(*shell, "-fxc", ": $1", "sh", value)
    assert left(value, text) <= set("+: '\n")
    assert hidden(value, text).count("<n>") == 1


@pytest.mark.parametrize("words", ["word{0}word x{0} y", "{0}word xy {0}{0}"])
def test_trace_of_words_with_each_mark(words: str) -> None:
    for mark in string.punctuation:
        value = words.format(mark)
        for shell, script in (("bash", ": $1"), ("mksh", ": $1"), ("zsh", ": $=1")):
            text = printed(shell, "-fc", f"set -x; {script}", "sh", value)
            assert left(value, text) <= set("+zsh:1> '\\\n"), (shell, mark, text)


@pytest.mark.parametrize("value", [*WORDS, "two  blanks"])
def test_words_of_an_unquoted_echo(value: str) -> None:
    assert hidden(value, printed("dash", "-fc", "printf '%s ' $1", "sh", value)) == "<n> "


@pytest.mark.parametrize("value", [*VALUES, *WORDS])
def test_bash_printf_q(value: str) -> None:
    for script in ('printf %q "$1"', "declare -p v", 'echo "${1@Q}"', "set -f; printf '%q ' $1"):
        text = printed("bash", "-c", f"v=$1; {script}", "sh", value)
        assert left(value, text) <= set("declare -v=\"$'\n"), script


@pytest.mark.parametrize("value", [*VALUES, *WORDS])
def test_ruby_shellwords(value: str) -> None:
    text = printed(
        "ruby", "-rshellwords", "-e", "puts ARGV[0].shellescape, ARGV[0].split.shelljoin", value
    )
    assert left(value, text) <= set("'\n")


@pytest.mark.parametrize("value", [*VALUES, *WORDS, "it's three''quotes&more'"])
def test_zsh(value: str) -> None:
    script = 'print -r -- ${(q)1} ${(q-)1} ${(qqqq)1}; PS4=; set -x; [[ x == "$1" ]]'
    text = printed("zsh", "-fc", f"{script}; :", "zsh", value)
    assert left(value, text) <= set("[ x=]:$'\\\n")
    assert hidden(value, text).count("<n>") >= 4


@pytest.mark.parametrize("value", [*VALUES, *WORDS])
def test_trace_of_mksh(value: str) -> None:
    text = printed("mksh", "-xc", ': "$1"', "sh", value)
    assert left(value, text) <= set("+: $'\\\n")


@pytest.mark.parametrize("value", ["gr\xfc\xdfe-\u20ac-\U0001f511-'x'", "b\xe4r\t\u5317\x01\\n-x"])
@pytest.mark.parametrize("shell", ["mksh", "zsh"])
def test_trace_of_bytes(value: str, shell: str) -> None:
    text = printed(shell, "-c", 'set -x; : "$1"', "sh", value, locale="C")
    assert left(value, text) <= set("+zsh:1>  $'\n"), text


@pytest.mark.parametrize("value", [value for value in VALUES if "/" not in value])
@pytest.mark.parametrize("locale", LOCALES)
def test_gnu_coreutils(value: str, locale: str, tmp_path_factory: pytest.TempPathFactory) -> None:
    directory = tmp_path_factory.mktemp("names")
    (directory / value).touch()
    for style in ("shell-escape", "shell-escape-always"):
        text = printed("ls", f"--quoting-style={style}", locale=locale, cwd=directory)
        assert left(value, text) <= set("'\"$\n"), text


@pytest.mark.parametrize(
    ("value", "written"),
    [
        ("hello!w0rld", "hello'\\!'w0rld"),  # git sq_quote
        ("it's!me-xyz", "it'\\''s'\\!'me-xyz"),
        ("ab'cd''ef-x", "ab'\\''cd'\\'\\''ef-x"),  # zsh
        ("gr\xfc\xdfe\x9f\u2028'x", "gr\xfc\xdfe\\302\\237\\342\\200\\250\\'x"),  # bash, UTF-8
        ("gr\xfc\xdfe\n-x", "gr\\303\\274\\303\\237e\\n-x"),  # bash, C
        ("P\xe4ssw\xf6rt", "P'$'\\303\\244''ssw'$'\\303\\266''rt"),  # GNU, C
        ("a&b|c<d>e^f", "a^&b^|c^<d^>e^^f"),  # cmd.exe
        ("a&b|c(d)e%f", "a^&b^|c(d)e^%f"),
        ("x \u65e5\U0001f511 & y", "x $'\u65e5\\360\\237\\224\\221' '&' y"),  # mksh, words
        ("a&b|c<d>e^f", "a^^^&b^^^|c^^^<d^^^>e^^^^f"),  # in a batch file
        ("a'b\"c & d\\e", "a'b\"c\\ &\\ d\\e"),  # CMake, without VERBATIM
        ('a "b" %c%!', 'a^ ^"b^"^ ^%c^%^!'),  # cross-spawn
    ],
)
def test_others(value: str, written: str) -> None:
    assert hidden(value, f"x '{written}' y") == "x '<n>' y"
