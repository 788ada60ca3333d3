"""What commands share that write a version: its metadata, and what it may replace."""

from __future__ import annotations

from tests.support.store_commands import StoreCommandCase
from tests.support.store_keys import NOW

DAY = 86_400


class MetadataTests(StoreCommandCase):
    def setUp(self) -> None:
        super().setUp()
        self.create()

    def test_metadata(self) -> None:
        options = ["--description", "d", "--tag", "b", "--tag", "a", "--expires", "90d"]
        self.set_piped("a", *options, "--allowed", "x-*", "--no-redact")
        known = self.open().secrets.describe("a")
        assert known is not None
        metadata = known.metadata
        self.assertEqual((metadata.description, metadata.tags), ("d", ("a", "b")))
        self.assertEqual((metadata.expires, metadata.allowed), (NOW + 90 * DAY, ("x-*",)))
        self.assertIs(metadata.redact, False)
        self.set_piped("a", "--replace", "--allow-all")
        known = self.open().secrets.describe("a")
        assert known is not None
        self.assertEqual((known.metadata.description, known.metadata.allowed), ("d", None))

    def test_a_weak_value(self) -> None:
        self.assertIn("secret 'a' is not hidden", self.set_piped("a", text=b"abc"))
        self.assertNotIn("hidden", self.set_piped("b", "--no-redact", text=b"abc"))


class ReplacingTests(StoreCommandCase):
    def setUp(self) -> None:
        super().setUp()
        self.create()
        self.set("a", "old")

    def test_nothing_is_replaced_by_accident(self) -> None:
        self.assertFails(2, "(version 1): add --replace", "set", "a", text=b"new")
        self.assertFails(4, "has a value already", "set", "a", "--create", text=b"new")
        self.assertFails(4, "its version is 1, not 2", "set", "a", "--expect", "2", text=b"new")
        self.assertFails(4, "its version is 0, not 1", "set", "b", "--expect", "1", text=b"new")
        self.assertFails(4, "is not in the store", "set", "b", "--replace", text=b"new")
        self.assertEqual((self.value("a"), self.value("b")), ("old", None))

    def test_what_is_meant_is_replaced(self) -> None:
        for option in (["--replace"], ["--expect", "2"]):
            ended = self.run_command("set", "a", *option, "--quiet", text=b"a new value")
            self.assertEqual((ended.status, ended.err), (0, ""))
        self.assertEqual(self.value("a", 3), "a new value")

    def test_the_person_is_asked(self) -> None:
        self.answering("n")
        self.assertFails(4, "nothing was changed", "set", "a", text=b"new")
        person = self.answering("y")
        self.assertEqual(self.run_command("set", "a", text=b"new").status, 0)
        self.assertIn(b"replace version 1 of 'a'? [y/N] ", person.seen)
        self.assertEqual(self.value("a"), "new")

    def test_a_deleted_one_is_not_there(self) -> None:
        self.open().secrets.delete("a", now=NOW)
        self.assertEqual(self.run_command("set", "a", "--create", text=b"new").status, 0)
        self.assertEqual(self.value("a", 2), "new")

    def test_how_many_are_kept(self) -> None:
        for _ in range(3):
            self.run_command("set", "a", "--replace", "--keep", "2", text=b"new")
        self.assertEqual([one.version for one in self.open().secrets.versions("a")], [3, 4])
        self.now += 10 * DAY
        self.run_command("set", "a", "--replace", "--keep-age", "5d", text=b"new")
        self.assertEqual([one.version for one in self.open().secrets.versions("a")], [5])
        self.assertFails(2, "--keep must be", "set", "a", "--keep", "0", text=b"new")
