"""What a form of a user's own may yield."""

from __future__ import annotations

from collections.abc import Iterator

from buildbot_keychain.redaction import RedactionPolicy, Redactor, Spelling
from buildbot_keychain.redaction.forms.spellings import text_of

VALUE = "k9QmT2vXzR7pL8sHn"
BACKWARDS = VALUE[::-1]


def seen(spelling: str | Spelling, text: str, given: set[str] | None = None) -> str:
    def form(value: str) -> Iterator[str | Spelling]:
        if value == VALUE:
            yield spelling

    redactor = Redactor(RedactionPolicy(forms=(form,)))
    redactor.add("n", VALUE)
    return redactor.redact(text, given)


def test_plain_text_is_a_spelling() -> None:
    assert text_of("x") == text_of(Spelling("x")) == "x"
    assert seen(BACKWARDS, f"a {BACKWARDS} b") == "a <n> b"


def test_what_a_spelling_adds() -> None:
    wrapped = f"{BACKWARDS[:8]}\n{BACKWARDS[8:]}"
    assert seen(Spelling(BACKWARDS), wrapped) == wrapped
    assert seen(Spelling(BACKWARDS, wraps=True), wrapped) == "<n>\n<n>"
    assert seen(Spelling("abcdefgh%2F", any_case=True), "abcdefgh%2f") == "<n>"
    assert seen(Spelling(BACKWARDS, before="+-", after=True), f"=-{BACKWARDS}Q==") == "=<n>"


def test_a_spelling_for_those_to_whom_the_secret_was_given() -> None:
    for spelling, shown in (
        (Spelling(BACKWARDS), "<secret>"),
        (Spelling(BACKWARDS, given_only=True), BACKWARDS),
    ):
        assert seen(spelling, BACKWARDS, {"n"}) == "<n>"
        assert seen(spelling, BACKWARDS, set()) == shown
