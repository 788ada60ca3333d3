from __future__ import annotations

from typing import Any

from twisted.internet.defer import Deferred
from twisted.trial.unittest import SynchronousTestCase
from zope.interface import implementer

from buildbot_keychain.buildbot import MasterKeychain
from buildbot_keychain.buildbot.www._spellings import Spellings
from buildbot_keychain.interfaces import ICanonicalNames
from buildbot_keychain.web.host_secrets import Listed
from tests.support.fake_master import FakeMaster
from tests.support.fakes import DictProvider


@implementer(ICanonicalNames)
class Versioned(DictProvider):
    """Has versions behind an ``@``."""

    def __init__(self, name: str) -> None:
        super().__init__(name, {})
        self.spelled: list[str] = []

    def canonical(self, path: str) -> str:
        self.spelled.append(path)
        return path.partition("@")[0]


class SpellingsTests(SynchronousTestCase):
    def setUp(self) -> None:
        self.vault, other = Versioned("vault"), DictProvider("other", {})
        master: Any = FakeMaster(self.vault, other)
        keychain = MasterKeychain.of(master)
        self.successResultOf(master.reconfigure())
        self.spellings = Spellings(keychain, Listed("vault", "app"))

    def includes(self, name: str) -> bool:
        found: bool = self.successResultOf(Deferred.fromCoroutine(self.spellings.include(name)))
        return found

    def test_names_of_the_secret(self) -> None:
        for name in ("app", "vault!app", "app|user", "app@3", "vault!app@3|user"):
            self.assertTrue(self.includes(name), name)

    def test_other_names(self) -> None:
        for name in ("other!app", "apps", "ap", "", "nobody!app", "other!app@3", "APP"):
            self.assertFalse(self.includes(name), name)

    def test_each_is_looked_at_once(self) -> None:
        for _ in range(3):
            self.includes("app@3|user")
            self.includes("app@3")
        self.assertEqual(self.vault.spelled, ["app@3"])
