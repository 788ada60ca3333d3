"""What holds texts, and what only prints them."""

from __future__ import annotations

import collections
import dataclasses
import datetime as dt
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from twisted.trial.unittest import TestCase

from buildbot_keychain.redaction import RedactionPolicy, Redactor
from buildbot_keychain.redaction.structures import WITHHELD, Texts, redact_value
from tests.support.redact_calls import CountingRedactor

VALUE = "s3cr3t-t0ken"


@dataclasses.dataclass
class Login:
    user: str
    password: str


class Silent:
    """Prints nothing of itself, whatever it holds."""

    def __init__(self) -> None:
        self.value = VALUE


class Named(list[str]):
    """A list that prints more than its items."""

    def __repr__(self) -> str:
        return f"Named {VALUE}: {super().__repr__()}"


class Counted(collections.Counter[str]):
    """A dict of the standard library that has a `repr` of its own."""


class Broken:
    def __repr__(self) -> str:
        raise RuntimeError("no")


class RedactValueTests(TestCase):
    def setUp(self) -> None:
        self.redactor = Redactor()
        self.redactor.add("token", VALUE)
        self.redactor.add("pin", "1234567890")

    def redacted(self, value: object) -> object:
        return redact_value(self.redactor, value)

    def test_texts_in_containers(self) -> None:
        value = {"a": [VALUE, (1, {VALUE: "x"})], "b": VALUE.encode(), "c": {VALUE}}
        self.assertEqual(
            self.redacted(value),
            {"a": ["<token>", (1, {"<token>": "x"})], "b": b"<token>", "c": {"<token>"}},
        )

    def test_what_shows_no_secret_is_the_same_object(self) -> None:
        for value in (["x"], {"a": (1, 2.5, None, True)}, object(), Silent(), Path("/x"), int):
            self.assertIs(self.redacted(value), value)

    def test_objects_whose_text_holds_a_secret(self) -> None:
        self.assertEqual(self.redacted(ValueError(f"bad {VALUE}")), "bad <token>")
        self.assertEqual(self.redacted(Path(f"/tmp/{VALUE}/x")), "/tmp/<token>/x")
        self.assertEqual(
            self.redacted([Login("me", VALUE)]), ["Login(user='me', password='<token>')"]
        )
        self.assertNotIn(VALUE, repr(self.redacted(memoryview(VALUE.encode()).tolist())))
        self.assertEqual(self.redacted({"a": memoryview(VALUE.encode())}), {"a": b"<token>"})

    def test_containers_that_print_something_of_their_own(self) -> None:
        for value in (Named(), [Named(["x"])], {"a": Named([VALUE])}):
            redacted = self.redacted(value)
            self.assertNotIn(VALUE, f"{redacted} {redacted!r}")
        harmless = [Login("me", "x"), Counted(a=1)]
        self.assertIs(self.redacted(harmless), harmless)
        self.assertEqual(self.redacted(Counted({VALUE: 1})), {"<token>": 1})

    def test_an_object_that_cannot_be_printed_is_withheld(self) -> None:
        self.assertEqual(self.redacted([Broken()]), [WITHHELD])

    def test_numbers_are_replaced_where_that_is_asked_for(self) -> None:
        self.assertEqual(self.redacted(1234567890), 1234567890)
        self.assertEqual(redact_value(self.redactor, [1234567890], numbers=True), ["<pin>"])

    def test_a_value_that_holds_itself_is_withheld(self) -> None:
        endless: list[object] = [VALUE]
        endless.append(endless)
        self.assertEqual(self.redacted(endless), WITHHELD)

    def test_a_piece_at_the_end_of_any_text_is_hidden_as_if_it_stood_alone(self) -> None:
        piece = VALUE[:10]
        self.assertEqual(self.redactor.redact(piece), "<token>")
        for value in ([piece, "another text"], ["another text", piece], {"key": piece, "b": "c"}):
            self.assertNotIn(piece, repr(self.redacted(value)))

    def test_what_shows_no_secret_costs_one_call(self) -> None:
        counting = CountingRedactor(self.redactor)
        value = {"name": ("sh", "Build"), "number": (17, "Build"), "directory": ("/a/b/c/d", b"x")}
        self.assertIs(redact_value(counting, value), value)
        self.assertEqual(counting.calls, 1)

    def test_what_has_no_texts_costs_none(self) -> None:
        counting = CountingRedactor(self.redactor)
        redact_value(counting, [1, None, object(), dt.datetime.now(dt.timezone.utc)])
        self.assertEqual(counting.calls, 0)


SECRETS = st.text("ab\0 \n-", min_size=4, max_size=20)
TEXTS = st.one_of(st.text("ab\0 \n-\x1b[m]", max_size=24), st.sampled_from(["abab", "bbaa-b"]))


@pytest.mark.parametrize("policy", [RedactionPolicy.raw(), RedactionPolicy.build_log()])
@settings(max_examples=150, deadline=None, database=None)
@given(st.lists(SECRETS, min_size=1, max_size=3), st.lists(TEXTS, max_size=4), st.data())
def test_texts_together_are_judged_as_one_by_one(
    policy: RedactionPolicy, secrets: list[str], texts: list[str], data: st.DataObject
) -> None:
    """They may be looked at one by one for nothing, but never pass together if one would not."""
    redactor = Redactor(policy)
    for number, secret in enumerate(secrets):
        redactor.add(f"n{number}", secret)
    pieces = [secret[: data.draw(st.integers(1, len(secret)))] for secret in secrets]
    texts = [*texts, *(data.draw(st.text("ab", max_size=9)) + piece for piece in pieces)]
    together = Texts()
    for text in texts:
        together.add(text)
    if together.show_nothing(redactor):
        assert [redactor.redact(text) for text in texts] == texts
