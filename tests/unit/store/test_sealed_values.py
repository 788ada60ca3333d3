from __future__ import annotations

from typing import Any

from twisted.internet.defer import Deferred
from twisted.trial.unittest import SynchronousTestCase

from buildbot_keychain.errors import (
    DamagedBox,
    NotABox,
    StoreConflict,
    StoreRolledBack,
    StoreTampered,
)
from buildbot_keychain.store.sealed_field import SealedField
from buildbot_keychain.store.sealed_values import LARGEST
from buildbot_keychain.testing import SealedStateInMemory


class SealedValuesTests(SynchronousTestCase):
    """`SealedValues`, by the host that is in memory."""

    def setUp(self) -> None:
        self.state = SealedStateInMemory()

    def run_coroutine(self, coroutine: Any) -> Any:
        return self.successResultOf(Deferred.fromCoroutine(coroutine))

    def get(self, field: str = "token", **options: Any) -> Any:
        return self.run_coroutine(self.state.get(field, **options))

    def set(self, value: str | bytes, field: str = "token") -> None:
        self.run_coroutine(self.state.set(field, value))

    def problem(self, kind: type[Exception], coroutine: Any) -> str:
        return str(self.failureResultOf(Deferred.fromCoroutine(coroutine), kind).value)

    def test_both_ways(self) -> None:
        self.assertEqual(self.get(default="none"), "none")
        for value in ("s3cr3t", "zwei\nZeilen", "", b"\xff\0", "longest" + "x" * (LARGEST - 7)):
            self.set(value)
            self.assertEqual(self.get(), value)
            self.assertTrue(self.state.texts["token"].startswith("bbk1:"))
            self.assertNotIn("s3cr3t", self.state.texts["token"])

    def test_what_is_made_where_nothing_was_set(self) -> None:
        made: list[str] = []

        def make() -> str:
            made.append(f"made-{len(made)}")
            return made[-1]

        for _ in range(2):
            self.assertEqual(self.run_coroutine(self.state.get_or_set("token", make)), "made-0")
        self.assertEqual(self.state.hidden[0], ("token", "made-0"))
        self.run_coroutine(self.state.delete("token"))
        self.assertEqual(self.run_coroutine(self.state.get_or_set("token", make)), "made-1")
        self.state.texts.clear()
        self.problem(StoreTampered, self.state.get_or_set("token", make))
        self.assertEqual(len(made), 2)

    def test_others_have_made_it_meanwhile(self) -> None:
        write = self.state.write

        async def slow(field: str, text: str | None, before: int | None) -> bool:
            self.patch(self.state, "write", write)
            await self.state.set(field, "theirs")
            return False

        self.patch(self.state, "write", slow)
        found = self.run_coroutine(self.state.get_or_set("token", lambda: "ours"))
        self.assertEqual(found, "theirs")

    def test_it_is_hidden_before_anybody_has_it(self) -> None:
        self.set("s3cr3t")
        self.get()
        sealed = self.run_coroutine(self.state.seal("other", "0ther"))
        self.run_coroutine(self.state.unseal("other", sealed))
        self.assertEqual(self.state.hidden, [("token", "s3cr3t")] * 2 + [("other", "0ther")] * 2)

    def test_an_older_value_is_noticed(self) -> None:
        self.set("first")
        older = self.state.texts["token"]
        self.set("second")
        self.state.texts["token"] = older
        message = self.problem(StoreRolledBack, self.state.get("token"))
        self.assertIn("'token'", message)
        self.assertNotIn("first", message)
        self.set("third")
        self.assertEqual(self.get(), "third")

    def test_a_value_of_another_field_or_store_does_not_open(self) -> None:
        self.set("one")
        self.set("two", "other")
        self.state.texts["token"] = self.state.texts["other"]
        self.problem(DamagedBox, self.state.get("token"))

    def test_what_has_gone_is_missed(self) -> None:
        self.set("one")
        text = self.state.texts.pop("token")
        self.assertIn("has gone", self.problem(StoreTampered, self.state.get("token")))
        self.state.texts["token"] = text
        self.assertEqual(self.get(), "one")

    def test_what_was_deleted_stays_so(self) -> None:
        self.run_coroutine(self.state.delete("token"))
        self.set("one")
        text = self.state.texts["token"]
        self.run_coroutine(self.state.delete("token"))
        self.assertEqual(self.get(default="none"), "none")
        self.state.texts["token"] = text
        self.problem(StoreRolledBack, self.state.get("token"))

    def test_a_counter_that_has_gone_is_missed(self) -> None:
        self.set("one")
        self.state._counters.clear()
        self.assertIn("not known", self.problem(StoreTampered, self.state.get("token")))

    def test_a_plain_text_is_migrated_until_the_first_sealed_write(self) -> None:
        self.state.texts["token"] = "plain"
        self.assertIn("migrate=True", self.problem(NotABox, self.state.get("token")))
        self.assertEqual(self.get(migrate=True), "plain")
        (reported,) = self.state.reported
        self.assertNotIn("plain-", reported)
        self.set("plain")
        self.assertTrue(self.state.texts["token"].startswith("bbk1:"))
        self.state.texts["token"] = "plain"
        self.problem(NotABox, self.state.get("token", migrate=True))
        self.state.texts["token"] = {"not": "a text"}
        self.problem(NotABox, self.state.get("token", migrate=True))

    def test_the_authors_own_files(self) -> None:
        sealed = self.run_coroutine(self.state.seal("key", b"\0k"))
        self.assertEqual(self.run_coroutine(self.state.unseal("key", sealed)), b"\0k")
        plain = self.run_coroutine(self.state.unseal("other", "plain", migrate=True))
        self.assertEqual(plain, "plain")
        self.problem(NotABox, self.state.unseal("key", "plain", migrate=True))
        self.state.texts["key"] = sealed
        self.problem(StoreTampered, self.state.get("key"))

    def test_a_text_of_a_file_is_none_of_the_state(self) -> None:
        self.set("one", "key")
        self.state.texts["key"] = self.run_coroutine(self.state.seal("key", "other"))
        self.problem(DamagedBox, self.state.get("key"))

    def test_a_sealed_field(self) -> None:
        sealer = self.run_coroutine(self.state.sealer())
        text = SealedField(sealer, "token", "s3cr3t").sealed()
        self.assertEqual(SealedField.load(sealer, "token", text).reveal(), "s3cr3t")
        self.assertEqual(self.run_coroutine(self.state.unseal("token", text)), "s3cr3t")

    def test_others_that_write_at_the_same_time(self) -> None:
        async def never(field: str, text: str | None, before: int | None) -> bool:
            return False

        self.patch(self.state, "write", never)
        self.problem(StoreConflict, self.state.set("token", "one"))

    def test_what_cannot_be_kept(self) -> None:
        for wrong in ("two words", "", "x" * 201):
            self.problem(ValueError, self.state.set(wrong, "value"))
            self.problem(ValueError, self.state.get(wrong))
        for large in ("x" * LARGEST + "y", "é" * (LARGEST // 2) + "y", b"x" * LARGEST + b"y"):
            self.problem(ValueError, self.state.set("token", large))
        message = self.problem(ValueError, self.state.set("token", "s3cr3t\ud800"))
        self.assertNotIn("s3cr3t", message)
        wrong_type: Any = ["s3cr3t"]
        for work in (self.state.set, self.state.seal):
            self.assertNotIn("s3cr3t", self.problem(TypeError, work("token", wrong_type)))
        self.assertNotIn("s3cr3t", self.problem(NotABox, self.state.unseal("token", wrong_type)))
        self.assertEqual(self.state.hidden, [])

    def test_nothing_is_shown(self) -> None:
        self.set("s3cr3t")
        self.assertEqual(repr(self.state), "<SealedStateInMemory>")
