from __future__ import annotations

from types import SimpleNamespace
from typing import Any

from twisted.trial.unittest import SynchronousTestCase
from twisted.web.server import Request

from buildbot_keychain.buildbot.www import page_for
from buildbot_keychain.web import Page


class MountingTests(SynchronousTestCase):
    def master(self, site: Any) -> Any:
        return SimpleNamespace(
            www=SimpleNamespace(site=site),
            config=SimpleNamespace(buildbotURL="https://ci.example.org/"),
            reactor=SimpleNamespace(callLater=lambda *_: None),
        )

    def test_there_is_no_site_at_first(self) -> None:
        self.assertIsInstance(page_for(self.master(None), {}), Page)

    def test_a_site_is_guarded_once(self) -> None:
        site = SimpleNamespace(requestFactory=Request)
        for _ in range(2):
            page_for(self.master(site), {})
        self.assertIsNot(site.requestFactory, Request)
        self.assertEqual(len(site.requestFactory.__mro__), len(Request.__mro__) + 2)
        self.assertTrue(site.requestFactory.guard.is_https())
