"""Lists of the words of a value, as languages print them."""

from __future__ import annotations

import json

import pytest

from buildbot_keychain.redaction import RedactionPolicy
from tests.support.form_case import WORDS, hidden, left, printed


@pytest.mark.parametrize("value", WORDS)
def test_python(value: str) -> None:
    words = value.split()
    for text in (
        repr(["sh", *words, "x"]),
        repr([word.encode() for word in words]),
        json.dumps(words, ensure_ascii=False),
        json.dumps(words, ensure_ascii=False, indent=4),
    ):
        assert left(value, text) <= set("sh xb[]', \"\n"), text
        assert hidden(value, text).count("<n>") == 1 + text.count("\n") - 2 * text.startswith("[\n")


@pytest.mark.parametrize("value", WORDS)
def test_node(value: str) -> None:
    script = "const words = process.argv.slice(1); console.log(words, [words])"
    text = printed("node", "-e", script, "--", *value.split())
    assert left(value, text) <= set("[]'\" ,\n"), text


@pytest.mark.parametrize("value", WORDS)
def test_ruby(value: str) -> None:
    text = printed("ruby", "-e", "p ARGV", "--", *value.split())
    assert hidden(value, text) == '["<n>"]\n'


@pytest.mark.parametrize(
    ("value", "written"),
    [
        ("pass phrase of mine", "[pass, phrase, of, mine]"),  # Java Arrays.toString
        ("pass  phrase", "[pass phrase]"),  # Go %v
        ("pass phrase", '["pass" "phrase"]'),  # Go %q
        ("pass phrase", '["pass", "phrase"]'),  # Rust {:?}
    ],
)
def test_others(value: str, written: str) -> None:
    assert left(value, written) <= set('[]"')


@pytest.mark.parametrize(
    "command",
    [
        ("bash", "-c", "set -x; : $1; echo $1"),
        ("bash", "-c", "printf '%s\\n' $1"),
        ("dash", "-c", "set -x; : $1; echo $1"),
        ("bash", "-c", 'xargs -t echo <<< "$1"'),
        ("bash", "-c", "awk '{ $1 = $1; print }' <<< \"$1\""),
    ],
)
def test_other_blanks_of_unicode_divide_no_words_in_a_shell(command: tuple[str, ...]) -> None:
    value = "pass\xa0phrase  of\u2003mine & you"
    text = printed(*command, "-", value)
    assert left(value, text) <= set("+:echo '\n"), text


@pytest.mark.parametrize("policy", [RedactionPolicy(), RedactionPolicy.build_log()])
def test_word_wrap(policy: RedactionPolicy) -> None:
    value = "correct horse battery staple"
    for text in ("correct horse\nbattery staple\n", "x: correct\n   horse battery\n   staple\n"):
        shown = hidden(value, text, policy)
        assert shown.replace("<n>", "").strip() in ("", "x:")
