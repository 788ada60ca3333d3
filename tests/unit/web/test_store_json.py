"""What programs send and get of encrypted stores."""

from __future__ import annotations

import base64
from typing import Any

from twisted.trial.unittest import SynchronousTestCase

from buildbot_keychain.store.generators import Recipe
from buildbot_keychain.store.journal import Entry
from buildbot_keychain.store.metadata import Metadata
from buildbot_keychain.store.values import Description
from buildbot_keychain.web import Refused
from buildbot_keychain.web._schemas import problem
from buildbot_keychain.web._store_json import PAGE, SECRET, change_of, shown, shown_entry


class ChangeTests(SynchronousTestCase):
    def refused(self, **sent: Any) -> str:
        refused: Any = self.assertRaises(Refused, change_of, "add", "a", sent)
        self.assertEqual(refused.status, 400)
        self.assertNotIn("canary", refused.sentence)
        return str(refused.sentence)

    def test_values(self) -> None:
        encoded = base64.b64encode(b"\xff\0").decode()
        self.assertEqual(change_of("add", "a", {"value": "x\r\n"}).value, "x\r\n")
        self.assertEqual(change_of("add", "a", {"base64": encoded}).value, b"\xff\0")
        made = change_of("add", "a", {"generate": {"kind": "password", "length": 9}})
        self.assertEqual((made.value, made.recipe), (None, Recipe("password", 9)))

    def test_wrong_values(self) -> None:
        self.assertIn("Send one of", self.refused(value="canary", base64="eA=="))
        self.assertIn("not in base64", self.refused(base64="canary!"))
        self.assertIn("Length must be", self.refused(generate={"kind": "password", "length": 0}))

    def test_all_else(self) -> None:
        sent = {
            "revision": "r",
            "expected": 2,
            "version": 1,
            "new": "b",
            "tags": [],
            "allowed": None,
        }
        change = change_of("edit", "a", {**sent, "name": "store!a"})
        self.assertEqual((change.name, change.revision, change.expected), ("a", "r", 2))
        self.assertEqual((change.version, change.new_name), (1, "b"))
        self.assertEqual(change.metadata, {"tags": [], "allowed": None})


class AnswerTests(SynchronousTestCase):
    def test_they_are_as_their_schemas_say(self) -> None:
        known = Description("a", 1, True, 0, 7, Metadata(3, tags=("t",), allowed=("b*",)), "r")
        entry = shown_entry(Entry(1, 2, "create a", b"u", 1, "ada (page)", b"d", b"m"))
        found = {"store": "s", "versions": [shown(known)], "history": [entry]}
        as_sent: Any = {**found, "versions": [{**shown(known), "tags": ["t"], "allowed": ["b*"]}]}
        self.assertIsNone(problem(as_sent, SECRET))
        self.assertIsNone(problem({"store": "s", "secrets": [], "after": None}, PAGE))
        self.assertEqual(entry["actor"], "ada (page)")
