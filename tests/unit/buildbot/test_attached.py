from __future__ import annotations

from types import SimpleNamespace

from twisted.application.service import MultiService, Service
from twisted.trial.unittest import SynchronousTestCase

from buildbot_keychain.buildbot._attached import ATTRIBUTE, keychain_of, service_of


class KeychainOfTests(SynchronousTestCase):
    def test_of_a_master_that_has_one(self) -> None:
        self.assertEqual(keychain_of(SimpleNamespace(**{ATTRIBUTE: "a keychain"})), "a keychain")

    def test_of_a_master_that_has_none(self) -> None:
        self.assertIsNone(keychain_of(SimpleNamespace()))
        self.assertIsNone(keychain_of(None))


class Named(Service):
    name = "a service"

    def __init__(self, master: object) -> None:
        self.master = master


class ServiceOfTests(SynchronousTestCase):
    def test_it_is_made_once_and_runs_with_the_master(self) -> None:
        master = MultiService()
        found = service_of(master, Named.name, Named)
        self.assertIs(found.master, master)
        self.assertIs(service_of(master, Named.name, Named), found)
        self.assertEqual(list(master), [found])
        master.startService()
        self.assertTrue(found.running)
