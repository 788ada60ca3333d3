from __future__ import annotations

import copy
import json
import pickle
import warnings
from dataclasses import asdict, dataclass, replace
from typing import Any

import attrs
from twisted.spread import jelly
from twisted.trial.unittest import SynchronousTestCase

from buildbot_keychain.errors import DamagedBox, NotABox
from buildbot_keychain.store.sealed_field import SealedField, SealedFieldWarning
from tests.support.sealers import ReportingSealer

CANARY = "s3cr3t-canary"


@dataclass
class Plain:
    user: str
    token: SealedField


@dataclass(frozen=True, slots=True)
class Frozen:
    user: str
    token: SealedField


@attrs.define
class Defined:
    user: str
    token: SealedField


@attrs.frozen(slots=False)
class Old:
    user: str
    token: SealedField


CLASSES = (Plain, Frozen, Defined, Old)


def fields_of(account: Any) -> dict[str, Any]:
    return attrs.asdict(account) if attrs.has(type(account)) else asdict(account)


class SealedFieldTestCase(SynchronousTestCase):
    def setUp(self) -> None:
        self.sealer = ReportingSealer()

    def field(self, value: str | bytes = CANARY, name: str = "token") -> SealedField:
        return SealedField(self.sealer, name, value)


class ClassesOfAuthorsTests(SealedFieldTestCase):
    def test_it_is_kept_sealed_and_loaded_again(self) -> None:
        for kind in CLASSES:
            account = kind("alice", self.field())
            text = json.dumps(fields_of(account), default=SealedField.sealed)
            self.assertNotIn(CANARY, text)
            loaded = json.loads(text)
            loaded["token"] = SealedField.load(self.sealer, "token", loaded["token"])
            self.assertEqual(kind(**loaded), account)
            self.assertEqual(kind(**loaded).token.reveal(), CANARY)

    def test_they_compare_and_print(self) -> None:
        for kind in CLASSES:
            account = kind("alice", self.field())
            self.assertEqual(account, kind("alice", self.field()))
            self.assertNotEqual(account, kind("alice", self.field("other")))
            self.assertIn("token=<sealed>", repr(account))
        self.assertEqual(replace(Plain("a", self.field()), user="b").token.reveal(), CANARY)

    def test_without_a_hook_it_is_not_kept_at_all(self) -> None:
        self.assertRaises(TypeError, json.dumps, {"token": self.field()})


class ValueTests(SealedFieldTestCase):
    def test_reveal_is_the_only_way_in(self) -> None:
        for value in (CANARY, CANARY.encode()):
            field = self.field(value)
            self.assertEqual(field.reveal(), value)
            self.assertEqual(repr(field), "<sealed>")
            for leave in (pickle.dumps, jelly.jelly, vars, list, len, bytes, int):
                self.assertRaises(TypeError, leave, field)

    def test_a_text_of_it_is_not_its_value_and_says_where_it_was_made(self) -> None:
        field = self.field()
        for make in (
            lambda: str(field),
            lambda: f"{field}",
            lambda: "%s" % field,  # noqa: UP031 - one of the ways
            lambda: "{}".format(field),  # noqa: UP032 - the same
        ):
            # Where trial has put something that remembers nothing.
            globals().pop("__warningregistry__", None)
            with warnings.catch_warnings(record=True) as caught:
                warnings.simplefilter("default")
                self.assertEqual([make() for _ in range(3)], ["<sealed>"] * 3)
            (warning,) = caught
            self.assertIs(warning.category, SealedFieldWarning)
            self.assertEqual(
                (warning.filename, warning.lineno), (__file__, make.__code__.co_firstlineno)
            )
            self.assertIn("the field 'token' of 'service' is sealed", str(warning.message))
            self.assertNotIn(CANARY, str(warning.message))

    def test_it_compares_by_its_value(self) -> None:
        field = self.field()
        self.assertEqual(field, self.field())
        self.assertEqual(field, self.field(name="other"))
        for other in (self.field("x"), self.field(CANARY.encode()), CANARY, None):
            self.assertNotEqual(field, other)
        self.assertEqual(len({field, self.field()}), 1)

    def test_its_hash_says_nothing_of_its_value(self) -> None:
        self.assertEqual(hash(self.field()), hash(self.field("other")))

    def test_copies_are_itself(self) -> None:
        field = self.field()
        self.assertIs(copy.copy(field), field)
        self.assertIs(copy.deepcopy(field), field)


class SealedTests(SealedFieldTestCase):
    def test_it_is_sealed_once(self) -> None:
        field = self.field()
        self.assertEqual(self.sealer.writes.places, set())
        sealed = field.sealed()
        self.assertEqual(field.sealed(), sealed)
        self.assertEqual(SealedField.load(self.sealer, "token", sealed).sealed(), sealed)
        self.assertEqual(self.sealer.writes.places, {("plug-in", "service", "token")})

    def test_it_opens_for_its_own_field_only(self) -> None:
        sealed = self.field().sealed()
        self.assertRaises(DamagedBox, SealedField.load, self.sealer, "other", sealed)

    def test_a_plain_text_becomes_sealed_with_the_next_save(self) -> None:
        self.assertRaises(NotABox, SealedField.load, self.sealer, "token", CANARY)
        field = SealedField.load(self.sealer, "token", CANARY, migrate=True)
        self.assertEqual(field.reveal(), CANARY)
        self.assertEqual(len(self.sealer.reported), 1)
        sealed = field.sealed()
        self.assertNotIn(CANARY, sealed)
        again = SealedField.load(self.sealer, "token", sealed, migrate=True)
        self.assertEqual(again, field)
        self.assertEqual(len(self.sealer.reported), 1)
        error = self.assertRaises(
            NotABox, SealedField.load, self.sealer, "token", CANARY, migrate=True
        )
        self.assertNotIn(CANARY, str(error))

    def test_what_cannot_be_one(self) -> None:
        """An author's mistake is told where it is made, as when a server's answer has no token."""
        nothing: Any = None
        error = self.assertRaises(TypeError, self.field, nothing)
        self.assertEqual(
            str(error), "the field 'token' of 'service' must be str or bytes, not NoneType"
        )
        for loaded in (None, ["s3cr3t"], b"bbk1:0:AA"):
            wrong: Any = loaded
            refused = self.assertRaises(
                NotABox, SealedField.load, self.sealer, "token", wrong, migrate=True
            )
            self.assertIn("is not a text; set it again", str(refused))
