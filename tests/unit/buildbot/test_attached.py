from __future__ import annotations

from types import SimpleNamespace

from twisted.trial.unittest import SynchronousTestCase

from buildbot_keychain.buildbot._attached import ATTRIBUTE, keychain_of


class KeychainOfTests(SynchronousTestCase):
    def test_of_a_master_that_has_one(self) -> None:
        self.assertEqual(keychain_of(SimpleNamespace(**{ATTRIBUTE: "a keychain"})), "a keychain")

    def test_of_a_master_that_has_none(self) -> None:
        self.assertIsNone(keychain_of(SimpleNamespace()))
        self.assertIsNone(keychain_of(None))
