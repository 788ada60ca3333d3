from __future__ import annotations

import json
from typing import Any

from twisted.trial.unittest import SynchronousTestCase

from buildbot_keychain.store.imports import CONTENTS, Entry, ImportedSecret

CANARY = "s3cr3t-canary"
METADATA = {"version": 3, "custom_metadata": {"description": "Deploys"}, "destroyed": False}


class VaultTests(SynchronousTestCase):
    def entry(self, content: Any) -> Entry:
        given = content if isinstance(content, bytes) else json.dumps(content).encode()
        (found,) = CONTENTS["vault"](given, "/tmp/app.json")
        self.assertNotIn(CANARY, repr(found))
        return found

    def test_the_only_field_is_the_value(self) -> None:
        for field in ("value", "password"):
            for data in ({field: CANARY}, {"data": {field: CANARY}, "metadata": METADATA}):
                found = self.entry({"request_id": "x", "data": data})
                assert isinstance(found, ImportedSecret)
                self.assertEqual((found.name, found.value, found.warning), ("app", CANARY, ""))

    def test_the_description_in_the_metadata(self) -> None:
        found = self.entry({"data": {"data": {"a": CANARY}, "metadata": METADATA}})
        assert isinstance(found, ImportedSecret)
        self.assertEqual(found.description, "Deploys")

    def test_several_fields_are_an_object(self) -> None:
        fields = {"user": "ä", "password": CANARY, "n": 1, "f": 1.5, "o": {"x": None}}
        found = self.entry({"data": {"data": fields, "metadata": METADATA}})
        assert isinstance(found, ImportedSecret)
        self.assertEqual(json.loads(found.value), {**fields, "f": "1.5"})
        self.assertIn("ask for a field with '|'", found.warning)

    def test_an_entry_whose_fields_are_called_like_parts_of_an_answer(self) -> None:
        found = self.entry({"data": {"data": CANARY, "metadata": "x"}})
        assert isinstance(found, ImportedSecret)
        self.assertEqual(json.loads(found.value), {"data": CANARY, "metadata": "x"})

    def test_what_is_not_an_entry(self) -> None:
        contents: tuple[object, ...] = (
            b"",
            b"\xff",
            b"[]",
            b"{",
            {},
            {"data": [CANARY]},
            {"data": {"data": None, "metadata": METADATA}},
            {"data": {}},
            b'{"data": {"data":' + b"[" * 1000,
        )
        for content in contents:
            self.assertNotIsInstance(self.entry(content), ImportedSecret)
