"""What is known of a secret, as commands print it in JSON."""

from __future__ import annotations

import json

from tests.support.store_commands import StoreCommandCase
from tests.support.store_keys import NOW


class FactsTests(StoreCommandCase):
    def setUp(self) -> None:
        super().setUp()
        self.create()

    def test_json(self) -> None:
        self.set("a", "hunter2", description="of the database", allowed=["deploy-*"])
        (line,) = self.out("list", "--json", "--strength").splitlines()
        self.assertEqual(
            json.loads(line),
            {
                "name": "a",
                "version": 1,
                "kind": "text",
                "created": "2026-09-21T14:13:20Z",
                "expires": None,
                "used": None,
                "deleted": None,
                "description": "of the database",
                "tags": [],
                "allowed": ["deploy-*"],
                "redact": True,
                "strength": "weak",
            },
        )

    def test_how_hard_it_is_to_guess(self) -> None:
        """In a word: a number would help to guess. Bytes are not judged."""
        values: list[str | bytes] = [
            "hunter2",
            "pB7mZ9qX2vL5nR8tW4yK",
            b"\0\xff",
            "abccbacabcbabcacbbca",
        ]
        for name, value in zip("abcd", values, strict=True):
            self.set(name, value)
        lines = self.out("list", "--json", "--strength").splitlines()
        words = [json.loads(line)["strength"] for line in lines]
        self.assertEqual(words, ["weak", "strong", None, "weak"])

    def test_times(self) -> None:
        self.set("a", "x", expires=NOW + 86_400)
        self.open().secrets.note_use("a", NOW)
        known = json.loads(self.out("list", "--json"))
        self.assertEqual(known["expires"], "2026-09-22T14:13:20Z")
        self.assertEqual(known["used"], "2026-09-21T14:00:00Z")
