"""All scopes of a provider: which one is whose, and when nothing is left."""

from __future__ import annotations

import time
from typing import Any

from twisted.internet.defer import Deferred, succeed
from twisted.internet.task import Clock
from twisted.trial.unittest import SynchronousTestCase

from buildbot_keychain.details import LEASE, TOKEN, Credential, Requester
from buildbot_keychain.errors import ProviderError
from buildbot_keychain.providers.vault.builds import AccessDependencies
from buildbot_keychain.providers.vault.scopes import Scopes
from buildbot_keychain.providers.vault.secrets import EntryName, Mount
from tests.support.vault.fake_servers import (
    REVOKE_SELF,
    FakeServers,
    context,
    session_of,
    token_answer,
)

BUILD = Requester("build", builder="linux", scope="build/17")
DATABASE = Mount("database", "database")


class ScopesTests(SynchronousTestCase):
    """`Scopes`."""

    def setUp(self) -> None:
        self.clock = Clock()
        data = {"lease_id": "l", "lease_duration": 3600, "data": {"user": "u", "password": "p"}}
        self.servers = FakeServers(
            **{
                "auth/token/create": token_answer(),
                "database/creds/ro": data,
                REVOKE_SELF: {},
            }
        )
        servers: Any = self.servers
        dependencies = AccessDependencies(
            "vault", session_of(servers), servers, succeed, self.clock, time.time
        )
        self.scopes = Scopes(None, dependencies, 10.0)

    def read(
        self, path: str = "creds/ro", field: str = "user", requester: Requester | None = BUILD
    ) -> Deferred[str]:
        name = EntryName(path, field)
        return Deferred.fromCoroutine(
            self.scopes.read_dynamic(DATABASE, name, requester, context(self.clock))
        )

    def test_each_build_has_one_and_services_share_one(self) -> None:
        build, service = self.scopes.of(BUILD), self.scopes.of(None)
        self.assertIs(self.scopes.of(BUILD), build)
        self.assertIs(self.scopes.of(Requester("service")), service)
        self.assertIsNot(self.scopes.of(Requester("build", scope="build/18")), build)
        self.assertTrue(self.scopes.holds("build/17"))
        self.assertFalse(self.scopes.holds("build/19"))

    def test_a_dynamic_secret(self) -> None:
        self.assertEqual(self.successResultOf(self.read()), "u")
        self.assertEqual(self.successResultOf(self.read(field="password")), "p")
        self.assertEqual(self.servers.paths(), ["auth/token/create", "database/creds/ro"])

    def test_the_tokens_and_leases_that_are_alive(self) -> None:
        self.assertEqual(self.scopes.credentials(), [])
        self.successResultOf(self.read())
        self.successResultOf(self.read(requester=None))
        self.clock.advance(10.0)
        held = [Credential(TOKEN, 50.0), Credential(LEASE, 3590.0)]
        self.assertEqual(self.scopes.credentials(), [*held, *held])
        self.successResultOf(self.scopes.end("build/17"))
        self.assertEqual(self.scopes.credentials(), held)

    def test_what_cannot_be_read(self) -> None:
        waiting = Requester("build", builder="linux")
        for reading, reason in (
            (self.read("?a=1"), "must have a path"),
            (self.read(requester=waiting), "only after it has begun"),
            (self.read(field="token"), "'token' is not one of them"),
        ):
            self.assertIn(reason, self.failureResultOf(reading, ProviderError).getErrorMessage())

    def test_the_end_of_one(self) -> None:
        self.successResultOf(self.read())
        self.successResultOf(self.scopes.end("build/17"))
        self.assertFalse(self.scopes.holds("build/17"))
        self.assertEqual(self.servers.paths()[-1], REVOKE_SELF)
        self.successResultOf(self.scopes.end("build/17"))

    def test_a_provider_retires_when_nothing_is_left(self) -> None:
        revoking = self.servers.answers[REVOKE_SELF] = Deferred()
        self.successResultOf(self.read())
        retired = self.scopes.retire()
        self.scopes.end("build/17")
        self.assertNoResult(retired)
        revoking.callback({})
        self.successResultOf(retired)
        self.successResultOf(self.scopes.retire())

    def stop(self) -> Deferred[None]:
        return Deferred.fromCoroutine(self.scopes.stop())

    def test_stopping_ends_all(self) -> None:
        self.successResultOf(self.read())
        self.successResultOf(self.read(requester=None))
        self.successResultOf(self.stop())
        self.assertEqual(self.servers.paths().count(REVOKE_SELF), 2)

    def test_stopping_takes_five_seconds_at_most(self) -> None:
        self.servers.answers[REVOKE_SELF] = Deferred()
        self.successResultOf(self.read())
        ending = self.scopes.end("build/17")
        stopping = self.stop()
        self.clock.advance(4.9)
        self.assertNoResult(stopping)
        self.clock.advance(0.1)
        self.successResultOf(stopping)
        self.assertNoResult(ending)
