from __future__ import annotations

import json

from twisted.trial.unittest import SynchronousTestCase

from buildbot_keychain.store.exports import ExportError
from buildbot_keychain.store.exports._document import document
from buildbot_keychain.store.imports import CONTENTS, ImportedSecret

CANARY = "s3cr3t-canary"


class DocumentTests(SynchronousTestCase):
    def test_it_can_be_imported_again(self) -> None:
        secrets = {"a": CANARY, "team/b": "ä\n'\"\\\x00", "": "x", "c|d": "y"}
        found = CONTENTS["json"](document(secrets.items()), "x")
        again = {e.name: e.value for e in found if isinstance(e, ImportedSecret)}
        self.assertEqual(again, secrets)

    def test_bytes_say_that_they_are_in_base64(self) -> None:
        self.assertEqual(json.loads(document([("a", b"\xff\x00")])), {"a:base64": "/wA="})

    def test_names_that_are_taken(self) -> None:
        for secrets in (
            [("a", CANARY), ("a", CANARY)],
            [("a", b"x"), ("a:base64", CANARY)],
            [("sops", CANARY)],
            [("\ud800", CANARY)],
        ):
            error = self.assertRaises(ExportError, document, secrets, "sops")
            self.assertNotIn(CANARY, str(error))
