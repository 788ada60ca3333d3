"""What holds texts, and what only prints them."""

from __future__ import annotations

import dataclasses
from pathlib import Path

from twisted.trial.unittest import TestCase

from buildbot_keychain.redaction import Redactor
from buildbot_keychain.redaction.structures import WITHHELD, redact_value

VALUE = "s3cr3t-t0ken"


@dataclasses.dataclass
class Login:
    user: str
    password: str


class Silent:
    """Prints nothing of itself, whatever it holds."""

    def __init__(self) -> None:
        self.value = VALUE


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

    def test_an_object_that_cannot_be_printed_is_withheld(self) -> None:
        self.assertEqual(self.redacted([Broken()]), [WITHHELD])

    def test_numbers_are_replaced_where_that_is_asked_for(self) -> None:
        self.assertEqual(self.redacted(1234567890), 1234567890)
        self.assertEqual(redact_value(self.redactor, [1234567890], numbers=True), ["<pin>"])
