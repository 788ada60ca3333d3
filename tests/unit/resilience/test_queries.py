from __future__ import annotations

from typing import Any

from twisted.trial.unittest import SynchronousTestCase
from zope.interface import implementer
from zope.interface.verify import verifyObject

from buildbot_keychain.details import Requester
from buildbot_keychain.interfaces import ISharesAnswers
from buildbot_keychain.resilience import shared_by
from tests.support.fakes import DictProvider, RequesterProvider, TellingProvider

BUILD = Requester("build", builder="linux")


@implementer(ISharesAnswers)
class SharingProvider(RequesterProvider):
    def shared_by(self, path: str, requester: Requester | None) -> Any:
        return requester and requester.builder


class SharedByTests(SynchronousTestCase):
    def test_all_get_what_depends_on_nothing_else(self) -> None:
        self.assertEqual(shared_by(DictProvider("d", {}), "x", BUILD), ())

    def test_who_looks_at_the_requester_shares_nothing_unless_it_says_what(self) -> None:
        self.assertIsNone(shared_by(RequesterProvider(), "x", BUILD))
        provider = SharingProvider()
        verifyObject(ISharesAnswers, provider)
        self.assertEqual(shared_by(provider, "x", BUILD), "linux")
        self.assertIsNone(shared_by(provider, "x", None))

    def test_who_tells_changes_is_asked_each_time(self) -> None:
        self.assertIsNone(shared_by(TellingProvider("d", {}), "x", BUILD))
