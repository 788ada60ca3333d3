"""``buildbot-keychain get`` and ``diff``."""

from __future__ import annotations

import json

from tests.support.store_commands import StoreCommandCase
from tests.support.store_keys import NOW

CANARY = "canary-W7/x+9pQ"


class GetTests(StoreCommandCase):
    def setUp(self) -> None:
        super().setUp()
        self.create()
        self.set("a", "first")
        self.set("a", CANARY)

    def test_a_pipe_gets_the_value_and_nothing_else(self) -> None:
        self.assertEqual(self.out("get", "a"), CANARY)
        self.set("key", "one\ntwo\n")
        self.assertEqual(self.out("get", "key"), "one\ntwo\n")

    def test_a_terminal_needs_reveal(self) -> None:
        self.assertFails(2, "add --reveal", "get", "a", typed=True)
        self.assertEqual(self.out("get", "a", "--reveal", typed=True), f"{CANARY}\n")

    def test_versions(self) -> None:
        self.assertEqual(self.out("get", "a@1"), "first")
        self.assertEqual(self.out("get", "a", "--version", "1"), "first")
        self.assertFails(2, "given twice", "get", "a@1", "--version", "1")
        self.assertFails(4, "has no version 3; it has 1, 2", "get", "a@3")

    def test_fields(self) -> None:
        self.set("db", json.dumps({"user": "ann", "port": 5432, "tls": {"key": CANARY}}))
        self.set("env", f"USER=ann\nTOKEN={CANARY}\n")
        self.assertEqual(self.out("get", "db|user"), "ann")
        self.assertEqual(self.out("get", "db|port"), "5432")
        self.assertEqual(self.out("get", "db@1|tls/key"), CANARY)
        self.assertEqual(self.out("get", "env|TOKEN"), CANARY)

    def test_fields_that_are_not_there(self) -> None:
        self.set("db", json.dumps({"user": CANARY, "tls": {"key": CANARY}}))
        for name in ("db|none", "db|tls", "a|user"):
            message = self.assertFails(4, "has no field", "get", name)
            self.assertNotIn("canary", message)

    def test_bytes(self) -> None:
        self.set("b", b"\xff\0")
        self.assertEqual(self.out("get", "b").encode("utf-8", "surrogateescape"), b"\xff\0")
        self.assertFails(4, "it is no text", "get", "b", "--reveal", typed=True)

    def test_an_expired_one(self) -> None:
        self.set("old", "x", expires=NOW)
        ended = self.run_command("get", "old")
        self.assertEqual((ended.status, ended.out), (0, "x"))
        self.assertIn("secret 'old' expired on 2026-09-21: builds are not given it", ended.err)

    def test_no_such_secret(self) -> None:
        self.assertFails(4, "secret 'x' is not in the store; ", "get", "x")
        self.assertFails(2, "is named NAME", "get", "a|")
        self.open().secrets.delete("a", now=NOW)
        self.assertFails(4, "undo brings it back", "get", "a")

    def test_the_use_is_noted(self) -> None:
        self.out("get", "a")
        known = self.open().secrets.describe("a")
        assert known is not None
        self.assertEqual(known.used, NOW - NOW % 3600)


class DiffTests(StoreCommandCase):
    def setUp(self) -> None:
        super().setUp()
        self.create()
        for value in ("one", CANARY, "one"):
            self.set("a", value)
        self.set("b", "one")

    def test_the_same(self) -> None:
        for other in ("a@1", "b"):
            self.assertEqual(self.out("diff", "a", other), "they are the same\n")
        self.assertEqual(self.out("diff", "a", "b", "--json"), '{"same": true}\n')

    def test_different(self) -> None:
        ended = self.run_command("diff", "a@2", "b")
        self.assertEqual((ended.status, ended.out), (1, "they are different\n"))
        ended = self.run_command("diff", "a@2", "b", "--json")
        self.assertEqual((ended.status, ended.out), (1, '{"same": false}\n'))
        ended = self.run_command("diff", "a@2", "b", "--quiet")
        self.assertEqual((ended.status, ended.out), (1, ""))

    def test_a_field(self) -> None:
        self.set("c", json.dumps({"password": "one"}))
        self.assertEqual(self.out("diff", "c|password", "b"), "they are the same\n")

    def test_no_such_secret(self) -> None:
        self.assertFails(4, "'x' is not in the store", "diff", "a", "x")
