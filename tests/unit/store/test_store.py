"""What users of a store see, on SQLite and on PostgreSQL.

`KEYCHAIN_STORE_WRITERS` sets how many writers change one secret at once (default 20).
"""

from __future__ import annotations

import os
import threading
from collections.abc import Callable
from typing import Any

from buildbot_keychain.errors import (
    InvalidName,
    NotInStore,
    StoreConflict,
    StoreError,
)
from buildbot_keychain.store.envelope import Kind
from buildbot_keychain.store.metadata import TWO_PERSONS, Metadata
from buildbot_keychain.store.store import MAX_SIZE, Keep
from buildbot_keychain.store.transaction import NOTHING
from tests.support.postgresql import PostgreSQLTestCase
from tests.support.secretive_objects import assert_is_not_sent
from tests.support.store_case import StoreTestCase
from tests.support.store_keys import NOW
from tests.unit.store import test_reading

DAY = 86_400


class StoreTests(StoreTestCase):
    def test_texts_and_bytes(self) -> None:
        for number, value in enumerate(("s3cr3t", "", "two\nlines\n", "ä😀", "x" * MAX_SIZE)):
            self.store.set(f"text {number}", value, now=NOW)
            self.assertEqual(self.value(f"text {number}"), value)
        self.store.set("bytes", b"\xff\0", now=NOW)
        found = self.store.get("bytes")
        assert found
        self.assertEqual(found.content, b"\xff\0")
        with self.assertRaises(StoreError):
            found.text  # noqa: B018 - reading it raises
        self.assertNotIn("xff", repr(found))
        assert_is_not_sent(self, found)

    def test_what_cannot_be_stored(self) -> None:
        for value in ("x" * (MAX_SIZE + 1), "ä" * (MAX_SIZE // 2 + 1), "\ud800"):
            error = self.assertRaises(StoreError, self.store.set, "a", value, now=NOW)
            self.assertNotIn("xxx", str(error))
        self.assertRaises(InvalidName, self.store.set, "a|b", "x", now=NOW)
        self.assertIsNone(self.store.get("a"))

    def test_a_change_of_what_somebody_has_seen(self) -> None:
        """Each change of a secret makes another revision, and is refused for any other one."""
        seen = {""}
        changes: list[Callable[..., object]] = [
            lambda **seen: self.store.set("a", "two", now=NOW, **seen),
            lambda **seen: self.store.edit("a", now=NOW, tags=["t"], **seen),
            lambda **seen: self.store.rollback("a", 1, now=NOW, **seen),
            lambda **seen: self.store.delete("a", now=NOW, **seen),
            lambda **seen: self.store.undelete("a", now=NOW, **seen),
            lambda **seen: self.store.rename("a", "b", now=NOW, **seen),
            lambda **seen: self.store.rename("b", "a", now=NOW, **seen),
            lambda **seen: self.store.delete("a", now=NOW, **seen),
            lambda **seen: self.store.purge("a", now=NOW, **seen),
        ]
        self.store.set("a", "one", now=NOW)
        for change in changes:
            known = self.store.describe("a") or self.store.describe("b")
            assert known is not None
            self.assertNotIn(known.revision, seen)
            for old in seen:
                error = self.assertRaises(StoreConflict, change, revision=old)
                self.assertIn("somebody else has changed it", str(error))
            change(revision=known.revision)
            seen.add(known.revision)
        self.assertRaises(NotInStore, self.store.set, "a", "x", now=NOW, revision="")
        self.store.set("a", "x", now=NOW, revision=NOTHING)
        self.store.delete("a", now=NOW)
        with self.assertRaises(StoreConflict):
            self.store.set("a", "x", now=NOW, revision=NOTHING)

    def test_changes_that_are_made_together(self) -> None:
        self.store.set("a", "one", now=NOW)
        with self.assertRaises(StoreConflict), self.store.together(NOW):
            self.store.remove("a", now=NOW)
            self.store.set("b", "x", now=NOW, expected=7)
        self.assertEqual((self.value("a"), self.value("b")), ("one", None))
        with self.store.together(NOW):
            self.store.set("b", "x", now=NOW)
            self.store.remove("a", now=NOW)
            self.assertEqual((self.value("a"), self.value("b")), ("one", None))
        self.assertEqual((self.value("a"), self.value("b")), (None, "x"))
        self.assertIsNone(self.store.describe("a"))
        self.assertEqual(list(self.open("other").names()), ["b"])
        self.assertRaises(NotInStore, self.store.remove, "a", now=NOW)

    def test_versions_and_roll_back(self) -> None:
        for value in ("one", "two", "three"):
            self.store.set("a", value, now=NOW)
        self.assertEqual(
            [self.value("a", n) for n in (1, 2, 3, None)], ["one", "two", "three", "three"]
        )
        self.store.rollback("a", 1, now=NOW)
        self.assertEqual(self.value("a"), "one")
        self.assertEqual(self.store.set("a", "four", now=NOW), 4)
        self.assertEqual(self.value("a"), "four")
        self.assertRaises(NotInStore, self.store.get, "a", 5)
        self.assertRaises(NotInStore, self.store.rollback, "a", 5, now=NOW)
        self.assertRaises(NotInStore, self.store.rollback, "b", 1, now=NOW)

    def test_a_roll_back_keeps_the_rules_that_are_in_force(self) -> None:
        self.store.set("a", "one", now=NOW, redact=False, description="d", expires=NOW + DAY)
        self.store.set("a", "two", now=NOW, redact=True, allowed=["r-*"], description="e")
        self.store.rollback("a", 1, now=NOW)
        found = self.store.get("a")
        assert found
        self.assertEqual((found.text, found.version), ("one", 1))
        known = found.metadata
        self.assertEqual((known.allowed, known.redact), (("r-*",), True))
        self.assertEqual((known.description, known.expires), ("d", NOW + DAY))
        self.assertEqual(self.value("a", 2), "two")
        self.store.edit("a", now=NOW, allowed=None, redact=False)
        self.store.rollback("a", 2, now=NOW)
        found = self.store.get("a")
        assert found
        self.assertEqual((found.metadata.allowed, found.metadata.redact), (None, True))
        self.store.set("a", "three", now=NOW)
        described = self.store.describe("a")
        assert described
        self.assertTrue(described.metadata.redact)

    def test_old_versions_go_by_count_and_age(self) -> None:
        store = self.open("other", Keep(count=3, age=10 * DAY))
        for day in range(5):
            store.set("a", f"{day}", now=NOW + day * DAY)
        self.assertEqual([found.version for found in store.versions("a")], [3, 4, 5])
        store.rollback("a", 3, now=NOW + 5 * DAY)
        store.set("a", "late", now=NOW + 14 * DAY)
        self.assertEqual([found.version for found in store.versions("a")], [5, 6])
        self.assertRaises(NotInStore, store.get, "a", 4)

    def test_compare_and_set(self) -> None:
        self.assertEqual(self.store.set("a", "one", now=NOW, expected=0), 1)
        self.assertRaises(StoreConflict, self.store.set, "a", "x", now=NOW, expected=0)
        self.assertEqual(self.store.set("a", "two", now=NOW, expected=1), 2)
        self.assertRaises(StoreConflict, self.store.set, "a", "x", now=NOW, expected=1)
        self.assertRaises(StoreConflict, self.store.rollback, "a", 1, now=NOW, expected=1)
        self.assertEqual(self.value("a"), "two")

    def test_metadata(self) -> None:
        self.store.set("a", "one", now=NOW, description="d", tags=["y", "x"], allowed=["r-*"])
        self.store.set("a", "two", now=NOW + 1, expires=NOW + DAY, redact=False)
        found = self.store.describe("a")
        assert found
        known = found.metadata
        self.assertEqual(
            (known.description, known.tags, known.allowed), ("d", ("x", "y"), ("r-*",))
        )
        self.assertEqual((known.created, known.expires, known.redact), (NOW + 1, NOW + DAY, False))
        self.store.edit("a", now=NOW + 2, description="e", allowed=None)
        edited = self.store.get("a")
        assert edited
        self.assertEqual((edited.metadata.description, edited.metadata.allowed), ("e", None))
        self.assertEqual((edited.text, edited.version), ("two", 2))
        self.assertEqual(self.store.versions("a")[0].metadata.description, "d")
        self.assertRaises(TypeError, self.store.edit, "a", now=NOW, kind=1)
        self.assertRaises(NotInStore, self.store.edit, "b", now=NOW)

    def test_metadata_of_another_type_are_refused(self) -> None:
        """A text is a sequence too: its characters would be patterns, and one may be ``*``."""
        self.store.set("a", "one", now=NOW)
        metadata: Any
        for metadata, expected in (
            ({"allowed": "deploy-*"}, "allowed must be a list of str"),
            ({"allowed": [b"deploy-*"]}, "allowed must be a list of str"),
            ({"tags": "prod"}, "tags must be a list of str"),
            ({"tags": None}, "tags must be a list of str"),
            ({"redact": 0}, "redact must be"),
            ({"redact": None}, "redact must be"),
            ({"expires": "tomorrow"}, "expires must be"),
            ({"expires": 1.5}, "expires must be"),
            ({"expires": True}, "expires must be"),
            ({"description": None}, "description must be"),
        ):
            for call in (
                lambda metadata=metadata: self.store.set("a", "two", now=NOW, **metadata),
                lambda metadata=metadata: self.store.edit("a", now=NOW, **metadata),
            ):
                self.assertIn(expected, str(self.assertRaises(TypeError, call)))
        self.assertEqual([one.version for one in self.store.versions("a")], [1])

    def test_what_was_deleted_leaves_nothing_but_who_may_have_and_change_it(self) -> None:
        known: dict[str, Any] = {"redact": False, "expires": NOW + DAY, "description": "d"}
        tags = ["t", TWO_PERSONS]
        self.store.set("a", "one", now=NOW, allowed=["r-*"], tags=tags, **known)
        for metadata, expected in (
            ({}, Metadata(NOW + 1, tags=(TWO_PERSONS,), allowed=("r-*",))),
            ({"description": "e"}, Metadata(NOW + 1, Kind.TEXT, "e", (TWO_PERSONS,), ("r-*",))),
            ({"tags": ["x"], "allowed": None}, Metadata(NOW + 1, tags=("x",))),
            ({}, Metadata(NOW + 1)),
        ):
            self.store.delete("a", now=NOW)
            self.store.set("a", "two", now=NOW + 1, expected=0, **metadata)
            found = self.store.describe("a")
            assert found
            self.assertEqual(found.metadata, expected)

    def test_a_roll_back_takes_no_second_person_away(self) -> None:
        for tags in ((), ("t", TWO_PERSONS), ("u",)):
            self.store.set("a", "x", now=NOW, tags=tags)
        for version, expected in ((2, ("t", TWO_PERSONS)), (1, (TWO_PERSONS,)), (3, ("u",))):
            self.store.rollback("a", version, now=NOW)
            found = self.store.describe("a")
            assert found
            self.assertEqual(found.metadata.tags, tuple(sorted({*expected, TWO_PERSONS})))

    def test_a_new_value_does_not_expire_when_the_old_one_did(self) -> None:
        for now, expected in ((NOW + DAY - 1, NOW + DAY), (NOW + DAY, None), (NOW + 2 * DAY, None)):
            self.store.set("a", "one", now=NOW, expires=NOW + DAY, tags=["x"])
            self.store.set("a", "two", now=now)
            found = self.store.describe("a")
            assert found
            self.assertEqual((found.metadata.expires, found.metadata.tags), (expected, ("x",)))
        self.store.set("a", "three", now=NOW, expires=NOW - DAY)
        found = self.store.describe("a")
        assert found
        self.assertEqual(found.metadata.expires, NOW - DAY)

    def test_renaming(self) -> None:
        self.store.set("a", "one", now=NOW)
        self.store.set("a", "two", now=NOW)
        self.store.set("taken", "x", now=NOW)
        self.store.rename("a", "b/c", now=NOW)
        self.assertEqual(
            (self.value("b/c"), self.value("b/c", 1), self.value("a")), ("two", "one", None)
        )
        self.assertRaises(StoreConflict, self.store.rename, "b/c", "taken", now=NOW)
        self.assertRaises(InvalidName, self.store.rename, "b/c", "", now=NOW)
        self.assertRaises(NotInStore, self.store.rename, "a", "d", now=NOW)
        self.store.set("a", "new", now=NOW)
        self.assertEqual((self.value("a"), self.value("b/c")), ("new", "two"))

    def test_deleting_and_bringing_back(self) -> None:
        self.store.set("a", "one", now=NOW)
        self.assertRaises(NotInStore, self.store.purge, "a", now=NOW)
        self.store.delete("a", now=NOW + 5)
        self.assertIsNone(self.store.get("a"))
        found = self.store.describe("a")
        assert found
        self.assertEqual(found.deleted, NOW + 5)
        for call in (self.store.delete, self.store.edit):
            self.assertIn("was deleted", str(self.assertRaises(NotInStore, call, "a", now=NOW)))
        self.store.undelete("a", now=NOW)
        self.assertEqual(self.value("a"), "one")
        self.assertRaises(NotInStore, self.store.undelete, "a", now=NOW)
        self.store.delete("a", now=NOW)
        self.assertEqual(self.store.set("a", "two", now=NOW, expected=0), 2)
        self.assertEqual(self.value("a"), "two")

    def test_purging(self) -> None:
        self.store.set("a", "one", now=NOW)
        self.store.delete("a", now=NOW)
        self.store.purge("a", now=NOW)
        self.assertIsNone(self.store.describe("a"))
        self.assertRaises(NotInStore, self.store.undelete, "a", now=NOW)
        self.assertEqual(self.store.set("a", "two", now=NOW), 1)
        self.assertEqual([entry.operation for entry in self.store.history("a")], ["create a"])

    def test_the_last_use_is_known_by_the_hour(self) -> None:
        self.store.set("a", "one", now=NOW)
        for now in (NOW, NOW + 10, NOW + 2 * 3600):
            self.store.note_use("a", now)
        self.store.note_use("missing", NOW)
        found = self.store.describe("a")
        assert found
        self.assertEqual(found.used, NOW + 2 * 3600 - NOW % 3600)

    def test_another_master_sees_a_change_at_its_next_lookup(self) -> None:
        other = self.open("other")
        self.store.set("a", "one", now=NOW)
        found = other.get("a")
        assert found
        self.assertEqual(found.text, "one")
        other.rename("a", "b", now=NOW)
        self.assertEqual((self.value("a"), self.value("b")), (None, "one"))

    def test_no_update_of_many_writers_is_lost(self) -> None:
        """Each adds one to a number, by compare and set, with two masters."""
        self.store.set("a", "0", now=NOW)
        stores = [self.store, self.open("other")]
        failures: list[BaseException] = []

        def add(store_number: int) -> None:
            try:
                while True:
                    found = stores[store_number].get("a")
                    assert found
                    number = str(int(found.text) + 1)
                    try:
                        stores[store_number].set("a", number, now=NOW, expected=found.version)
                    except StoreConflict:
                        continue
                    return
            except BaseException as error:  # noqa: BLE001 - it is reported below
                failures.append(error)

        threads = [threading.Thread(target=add, args=(n % 2,)) for n in range(self.writers)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        self.assertEqual(failures, [])
        self.assertEqual(self.value("a"), str(self.writers))

    writers = int(os.environ.get("KEYCHAIN_STORE_WRITERS", "20"))


class PostgreSQLTests(PostgreSQLTestCase, test_reading.ReadingTests, StoreTests):
    """On PostgreSQL."""
