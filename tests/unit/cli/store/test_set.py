"""``buildbot-keychain set``."""

from __future__ import annotations

import json

from tests.support.store_commands import StoreCommandCase
from tests.support.store_keys import NOW

CANARY = "canary-W7/x+9pQ"
DAY = 86_400


class SetTests(StoreCommandCase):
    def setUp(self) -> None:
        super().setUp()
        self.create()

    def set_piped(self, *words: str, text: bytes = CANARY.encode()) -> str:
        """Set a secret from a pipe, and return the messages."""
        ended = self.run_command("set", *words, text=text)
        self.assertEqual((ended.status, ended.out), (0, ""))
        self.assertNotIn("canary", ended.err)
        return ended.err

    def test_a_pipe(self) -> None:
        message = self.set_piped("a", text=f"{CANARY}\n".encode())
        self.assertEqual(message, "buildbot-keychain: a: version 1 is set\n")
        self.assertEqual(self.value("a"), CANARY)

    def test_a_prompt(self) -> None:
        person = self.answering(CANARY, CANARY)
        self.assertEqual(self.run_command("set", "a", typed=True).status, 0)
        self.assertEqual(self.value("a"), CANARY)
        self.assertIn(b"value of 'a', again: ", person.seen)
        self.assertNotIn(b"canary", person.seen)

    def test_two_different_answers(self) -> None:
        self.answering(*"123456")
        self.assertFails(4, "nothing was changed", "set", "a", typed=True)
        self.assertEqual(self.value("a"), None)

    def test_a_file(self) -> None:
        key = "-----BEGIN KEY-----\ncanary\n-----END KEY-----\n"
        path = self.base / "key"
        path.write_text(key)
        self.set_piped("a", "--file", str(path))
        self.assertEqual(self.value("a"), key)
        self.assertFails(4, "No such file", "set", "b", "--file", self.base / "none")

    def test_the_end_of_a_line(self) -> None:
        """That of the only line is dropped; a key keeps all of its own."""
        for written, stored in (
            (b"x\n", "x"),
            (b"x\r\n", "x"),
            (b"x\n\n", "x\n\n"),
            (b"x\ny\n", "x\ny\n"),
            (b" x ", " x "),
        ):
            self.set_piped("a", "--replace" if self.value("a") else "--create", text=written)
            self.assertEqual(self.value("a"), stored)

    def test_bytes(self) -> None:
        self.set_piped("a", "--bytes", text=b"\0\xff\n")
        found = self.open().secrets.get("a")
        assert found is not None
        self.assertEqual(found.content, b"\0\xff\n")
        self.assertFails(4, "add --bytes", "set", "b", text=b"\xff")

    def test_nothing(self) -> None:
        for empty in (b"", b"\n"):
            self.assertFails(4, "the value is empty", "set", "a", text=empty)
        self.assertFails(4, "longer than 1 MiB", "set", "a", text=b"x" * ((1 << 20) + 1))
        self.assertEqual(self.value("a"), None)

    def test_a_value_on_the_command_line(self) -> None:
        ended = self.run_command("set", "a", CANARY)
        self.assertEqual(ended.status, 2)
        self.assertIn("a value belongs into a file", ended.err)
        self.assertNotIn(CANARY, ended.err)

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

    def test_json(self) -> None:
        ended = self.run_command("set", "a", "--json", text=b"canary-W7/x+9pQ")
        self.assertEqual((json.loads(ended.out), ended.err), ({"name": "a", "version": 1}, ""))

    def test_a_name_that_no_secret_can_have(self) -> None:
        self.assertFails(2, "no version or field", "set", "a@3", text=b"x")
        self.assertFails(4, "must not contain '!'", "set", "vault!a", text=b"x")


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

    def test_somebody_else_was_faster(self) -> None:
        """The version that was there when the command began is the one that is replaced."""
        from buildbot_keychain.cli.store import _values  # noqa: PLC0415 - what is patched

        def read(*_: object) -> str:
            self.set("a", "theirs")
            return "ours"

        self.patch(_values, "read", read)
        self.assertFails(4, "its version is 2, not 1", "set", "a", "--replace")
        self.assertEqual(self.value("a"), "theirs")

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
