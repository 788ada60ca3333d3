from __future__ import annotations

import json

import pyrage
from twisted.trial.unittest import SynchronousTestCase

from buildbot_keychain.store.exports import ExportError, age_file

CANARY = "s3cr3t-canary"


class AgeTests(SynchronousTestCase):
    def test_each_recipient_can_open_it(self) -> None:
        identities = [pyrage.x25519.Identity.generate() for _ in range(2)]
        file = age_file([("a", CANARY)], [str(i.to_public()) for i in identities])
        self.assertTrue(file.startswith(b"-----BEGIN AGE ENCRYPTED FILE-----"))
        self.assertNotIn(CANARY.encode(), file)
        for identity in identities:
            opened = pyrage.decrypt(file, [identity])
            self.assertEqual(json.loads(opened), {"a": CANARY})

    def test_recipients_that_are_none(self) -> None:
        identity = pyrage.x25519.Identity.generate()
        for recipients in ([], [""], ["age1x"], ["ssh-rsa x"], [str(identity)]):
            error = self.assertRaises(ExportError, age_file, [("a", CANARY)], recipients)
            self.assertNotIn(CANARY, str(error))
