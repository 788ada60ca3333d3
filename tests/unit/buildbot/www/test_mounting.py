from __future__ import annotations

from types import SimpleNamespace
from typing import Any

from twisted.internet.task import Clock
from twisted.trial.unittest import SynchronousTestCase
from twisted.web.server import Request

from buildbot_keychain.buildbot.www import page_for
from buildbot_keychain.web import Page
from tests.support.database_pool import DatabasePool
from tests.support.service_master import ServiceMaster


class MountingTests(SynchronousTestCase):
    def setUp(self) -> None:
        self.pool = DatabasePool()
        self.addCleanup(self.pool.engine.dispose)

    def master(self, site: Any) -> Any:
        return ServiceMaster(
            www=SimpleNamespace(site=site),
            config=SimpleNamespace(buildbotURL="https://ci.example.org/"),
            reactor=Clock(),
            db=SimpleNamespace(pool=self.pool),
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

    def test_what_pages_remember_stays_through_reconfigurations(self) -> None:
        master = self.master(SimpleNamespace(requestFactory=Request))
        hosts = [page_for(master, {})._host for _ in range(2)]  # type: ignore[attr-defined]
        self.assertIs(hosts[0]._secrets, hosts[1]._secrets)
        self.assertEqual(len(master.reactor.getDelayedCalls()), 1)

    def test_the_table_of_tokens_is_made(self) -> None:
        page_for(self.master(SimpleNamespace(requestFactory=Request)), {})
        self.assertEqual(self.pool.execute("SELECT * FROM keychain_tokens"), [])
