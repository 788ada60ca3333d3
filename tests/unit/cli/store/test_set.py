"""``buildbot-keychain set``."""

from __future__ import annotations

import json

from buildbot_keychain.cli.store import _values
from tests.support.store_commands import PIPED, StoreCommandCase


class SetTests(StoreCommandCase):
    def setUp(self) -> None:
        super().setUp()
        self.create()

    def test_a_pipe(self) -> None:
        message = self.set_piped("a", text=f"{PIPED}\n".encode())
        self.assertEqual(message, "buildbot-keychain: a: version 1 is set\n")
        self.assertEqual(self.value("a"), PIPED)

    def test_a_value_on_the_command_line(self) -> None:
        ended = self.run_command("set", "a", PIPED)
        self.assertEqual(ended.status, 2)
        self.assertIn("a value belongs into a file", ended.err)
        self.assertNotIn(PIPED, ended.err)

    def test_json(self) -> None:
        ended = self.run_command("set", "a", "--json", text=b"canary-W7/x+9pQ")
        self.assertEqual((json.loads(ended.out), ended.err), ({"name": "a", "version": 1}, ""))

    def test_a_name_that_no_secret_can_have(self) -> None:
        self.assertFails(2, "no version or field", "set", "a@3", text=b"x")
        self.assertFails(4, "must not contain '!'", "set", "vault!a", text=b"x")

    def test_somebody_else_was_faster(self) -> None:
        """The version that was there when the command began is the one that is replaced."""
        self.set("a", "old")

        def read(*_: object) -> str:
            self.set("a", "theirs")
            return "ours"

        self.patch(_values, "read", read)
        self.assertFails(4, "its version is 2, not 1", "set", "a", "--replace")
        self.assertEqual(self.value("a"), "theirs")
