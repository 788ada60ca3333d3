"""``buildbot-keychain describe`` and ``history``."""

from __future__ import annotations

import json

from tests.support.store_commands import StoreCommandCase
from tests.support.store_keys import NOW

CANARY = "canary-pB7mZ9qX2vL5nR8tW4yK"


class DescribeTests(StoreCommandCase):
    def setUp(self) -> None:
        super().setUp()
        self.create()

    def test_all_that_is_known(self) -> None:
        options = {"tags": ["prod"], "expires": NOW + 60, "redact": False, "allowed": ["a", "b"]}
        self.set("a", CANARY, description="of the\x1b[2J\ndatabase", **options)
        self.set("a", CANARY)
        self.assertEqual(
            self.out("describe", "a").splitlines(),
            [
                "name:        a",
                "version:     2",
                "kind:        text",
                "created:     2026-09-21T14:13:20Z",
                "expires:     2026-09-21T14:14:20Z",
                "used:        never",
                "description: of the\\x1b[2J\\ndatabase",
                "tags:        prod",
                "allowed:     a, b",
                "redact:      no: it is public, and shown in logs",
                "versions:    1, 2",
                "strength:    strong",
            ],
        )

    def test_a_version(self) -> None:
        self.set("a", CANARY, description="first")
        self.set("a", CANARY, description="second")
        found = json.loads(self.out("describe", "a@1", "--json"))
        self.assertEqual((found["description"], found["versions"]), ("first", [1, 2]))

    def test_a_deleted_one(self) -> None:
        self.set("a", CANARY)
        self.open().secrets.delete("a", now=NOW)
        self.assertIn("deleted:     2026-09-21", self.out("describe", "a"))

    def test_no_such_secret(self) -> None:
        self.assertFails(4, "is not in the store", "describe", "a")
        self.assertFails(4, "is not in the store", "history", "a")


class HistoryTests(StoreCommandCase):
    def setUp(self) -> None:
        super().setUp()
        self.create()
        self.set("a", "x")
        self.now += 60
        self.run_command("set", "a", "--replace", "--keep", "1", text=CANARY.encode())
        self.open().secrets.rename("a", "b", now=self.now)
        self.open().secrets.delete("b", now=self.now)

    def test_what_was_done(self) -> None:
        lines = self.out("history", "b").splitlines()
        self.assertEqual(lines[0], "2026-09-21T14:13:20Z     1  test: create a  (not kept)")
        self.assertRegex(lines[1], r"\A2026-09-21T14:14:20Z     2  \S+@\S+: set\Z")
        self.assertEqual(lines[2], "2026-09-21T14:14:20Z     2  test: rename b")
        self.assertEqual(lines[3], "2026-09-21T14:14:20Z     2  test: delete")

    def test_json(self) -> None:
        first, second, *_ = map(json.loads, self.out("history", "b", "--json").splitlines())
        self.assertEqual(
            first,
            {
                "time": "2026-09-21T14:13:20Z",
                "operation": "create",
                "name": "a",
                "version": 1,
                "kept": False,
                "actor": "test",
            },
        )
        self.assertEqual((second["operation"], second["kept"]), ("set", True))
