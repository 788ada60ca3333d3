"""What the tests stand on: real servers that can be killed, sealed, limited and cut off."""

from __future__ import annotations

from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from twisted.internet.defer import Deferred
from twisted.internet.threads import deferToThread
from twisted.trial.unittest import SynchronousTestCase, TestCase

from tests.support.openbao import engines, logins
from tests.support.openbao.api import Api, ApiError
from tests.support.openbao.certificates import Authority
from tests.support.openbao.cluster import Cluster
from tests.support.openbao.proxy import (
    Answer,
    Corrupt,
    Hang,
    Proxy,
    Reset,
    Truncate,
)
from tests.support.openbao.server import OpenBao
from tests.support.openbao.shared_server import SharedServer
from tests.support.postgresql import PostgreSQL


class OpenBaoTests(SynchronousTestCase):
    """One server."""

    def server(self, **options: Any) -> OpenBao:
        server = OpenBao(**options)
        self.addCleanup(server.stop)
        server.start()
        return server

    def test_what_it_stores_survives_a_kill_where_it_is_durable(self) -> None:
        server = self.server(durable=True)
        engines.enable_kv(server.root)
        engines.write_kv(server.root, "team/app", password="p")
        server.kill()
        server.start()
        self.assertEqual(server.root.read("secret/data/team/app")["data"], {"password": "p"})
        self.assertNotIn(server.root.token, server.log)

    def test_sealed_it_serves_nothing(self) -> None:
        server = self.server()
        engines.enable_kv(server.root, version=1)
        engines.write_kv(server.root, "a", version=1, value="v")
        server.seal()
        self.assertEqual(self.assertRaises(ApiError, server.root.read, "secret/a").status, 503)
        server.unseal()
        self.assertEqual(server.root.read("secret/a"), {"value": "v"})

    def test_tls_with_clients_that_it_knows(self) -> None:
        directory = Path(self.mktemp())
        directory.mkdir()
        authority = Authority(directory)
        server = self.server(authority=authority)
        client = authority.client("master")
        logins.enable_auth(server.root, "cert")
        logins.certificate_role(server.root, "master", client, "default")
        untrusting = Api(server.address)
        self.assertEqual(self.assertRaises(ApiError, untrusting.read, "sys/health").status, 0)
        known = Api(server.address, tls=authority.context(client))
        self.assertTrue(known.write("auth/cert/login")["client_token"])
        unknown = Api(server.address, tls=authority.context())
        self.assertRaises(ApiError, unknown.write, "auth/cert/login")

    def test_a_rate_is_limited_and_a_namespace_is_apart(self) -> None:
        root = self.server().root
        team = logins.make_namespace(root, "team")
        engines.enable_kv(team, version=1)
        engines.write_kv(team, "a", version=1, value="v")
        self.assertEqual(team.read("secret/a"), {"value": "v"})
        self.assertRaises(ApiError, root.read, "secret/a")
        logins.limit_rate(root, "slow", 1, "team/secret")
        errors = [self.assertRaises(ApiError, lambda: [team.read("secret/a") for _ in range(9)])]
        self.assertEqual([error.status for error in errors], [429])

    def test_credentials_of_a_real_database(self) -> None:
        root = self.server().root
        database = PostgreSQL(passwords=True)
        self.addCleanup(database.stop)
        database.start()
        engines.enable_database(root, database)
        made = root.request("GET", "database/creds/ro", whole=True)
        user, password = made["data"]["username"], made["data"]["password"]
        self.assertTrue(database.accepts(user, password))
        self.assertFalse(database.accepts(user, "another"))
        self.assertEqual(engines.leases(root, "database/"), [made["lease_id"]])
        self.assertIn(user, database.roles())
        root.write("sys/leases/revoke", lease_id=made["lease_id"])
        self.assertEqual(engines.leases(root, "database/"), [])
        self.assertNotIn(user, database.roles())


class ClusterTests(SynchronousTestCase):
    """Several servers."""

    def test_another_node_leads_when_the_leader_is_killed(self) -> None:
        cluster = Cluster()
        self.addCleanup(cluster.stop)
        cluster.start()
        engines.enable_kv(cluster.root)
        engines.write_kv(cluster.root, "a", value="v")
        leader = cluster.leader()
        leader.kill()
        self.assertIsNot(cluster.leader(), leader)
        self.assertEqual(cluster.root.read("secret/data/a")["data"], {"value": "v"})
        leader.start()
        self.assertEqual(len(cluster.standbys()), 2)


class ProxyTests(SharedServer, TestCase):
    """Faults on the way to a server."""

    timeout = 120

    @classmethod
    def prepare(cls, root: Api) -> None:
        engines.enable_kv(root, version=1)
        engines.write_kv(root, "a", version=1, value="v")

    def setUp(self) -> None:
        self.proxy = Proxy(self.server.port)
        self.addCleanup(lambda: Deferred.fromCoroutine(self.proxy.stop()))
        self.proxy.start()
        self.api = Api(self.proxy.address, self.server.root.token)

    def read(self) -> Deferred[dict[str, Any]]:
        return deferToThread(self.api.read, "secret/a")

    async def status_of(self, reading: Deferred[Any]) -> int:
        error: Any = await self.assertFailure(reading, ApiError)
        return int(error.status)

    async def fails(self, status: int) -> None:
        self.assertEqual(await self.status_of(self.read()), status)

    async def test_it_passes_and_counts(self) -> None:
        for _ in range(2):
            self.assertEqual(await self.read(), {"value": "v"})
        seen = [(request.method, request.path) for request in self.proxy.requests]
        self.assertEqual(seen, [("GET", "/v1/secret/a")] * 2)

    async def test_it_cuts_an_answer_short(self) -> None:
        self.proxy.fault = Truncate()
        await self.assertFailure(self.read(), Exception)

    async def test_it_corrupts_an_answer(self) -> None:
        self.proxy.fault = Corrupt()
        await self.assertFailure(self.read(), ValueError)

    async def test_it_refuses_and_recovers(self) -> None:
        await self.proxy.refuse()
        await self.fails(0)
        self.proxy.start()
        self.assertEqual(await self.read(), {"value": "v"})

    async def test_it_ends_a_connection(self) -> None:
        self.proxy.fault = Reset()
        await self.fails(0)

    async def test_it_answers_what_was_chosen_itself(self) -> None:
        self.proxy.fault = Answer("503 Service Unavailable", headers=("Retry-After: 1",))
        self.proxy.chosen = lambda request: request.path.endswith("/b")
        self.assertEqual(await self.read(), {"value": "v"})
        self.proxy.chosen = lambda request: request.path.endswith("/a")
        await self.fails(503)

    async def test_it_hangs_until_the_connection_is_ended(self) -> None:
        self.proxy.fault = Hang()
        withheld = self.proxy.withheld()
        reading = self.read()
        await withheld
        self.assertNoResult(reading)
        await self.proxy.refuse()
        self.assertEqual(await self.status_of(reading), 0)
        self.assertEqual(urlsplit(self.api.address).port, self.proxy.port)
