"""The token of one scope, from its first lookup to its end."""

from __future__ import annotations

import time
from typing import Any

from twisted.internet.defer import Deferred, succeed
from twisted.internet.task import Clock
from twisted.trial.unittest import SynchronousTestCase

from buildbot_keychain.details import Requester
from buildbot_keychain.errors import (
    AccessDenied,
    DeadlineExceeded,
    ProviderError,
    ProviderUnavailable,
)
from buildbot_keychain.providers.vault.builds import AccessDependencies, VaultChildTokens
from buildbot_keychain.providers.vault.scopes._revocations import Revocations
from buildbot_keychain.providers.vault.scopes._scope import Scope
from buildbot_keychain.providers.vault.secrets import DynamicName
from tests.support.vault.fake_servers import (
    LOOKUP_SELF,
    RENEW_SELF,
    REVOKE_SELF,
    FakeServers,
    context,
    forbidden,
    session_of,
    token_answer,
)

CREATE, READ = "auth/token/create", DynamicName("database/creds/ro")
BUILD = Requester("build", builder="linux", build=3, scope="build/17")


class ScopeTests(SynchronousTestCase):
    """`Scope`."""

    def setUp(self) -> None:
        self.clock = Clock()
        self.servers = FakeServers(**{REVOKE_SELF: {}, LOOKUP_SELF: {}, "secret/a": {"data": 1}})
        self.servers.answers[CREATE] = lambda _: token_answer(f"s.{self.count(CREATE)}")
        self.servers.answers[RENEW_SELF] = lambda sent: token_answer(sent.token)
        self.servers.answers[READ.path] = lambda _: {
            "lease_id": "l",
            "lease_duration": 3600,
            "data": {"user": f"u{self.count(READ.path)}"},
        }
        self.scope = self.opened()

    def opened(self, requester: Requester | None = BUILD) -> Scope:
        servers: Any = self.servers
        session = session_of(servers)
        dependencies = AccessDependencies("vault", session, servers, succeed, self.clock, time.time)
        revocations = Revocations(session, "vault", 10.0, self.clock)
        return Scope(requester, VaultChildTokens(), dependencies, revocations, 10.0)

    def count(self, path: str) -> int:
        return self.servers.paths().count(path)

    def send(self, seconds: float = 10.0) -> Deferred[Any]:
        request = self.scope.session.api.hvac.adapter.get("/v1/secret/a")
        return Deferred.fromCoroutine(
            self.scope.session.send(context(self.clock, seconds), request)
        )

    def lease(self) -> Deferred[Any]:
        return Deferred.fromCoroutine(self.scope.lease(READ, context(self.clock)))

    def user(self) -> str:
        return str(self.successResultOf(self.lease()).fields["user"])

    def end(self) -> Deferred[None]:
        return Deferred.fromCoroutine(self.scope.end())

    def test_it_opens_at_the_first_request(self) -> None:
        self.assertEqual(self.servers.sent, [])
        for _ in range(2):
            self.successResultOf(self.send())
        self.assertEqual(self.servers.paths(), [CREATE, "secret/a", "secret/a"])
        self.assertEqual(self.servers.sent[0].body["display_name"], "build-17")
        self.assertEqual({sent.token for sent in self.servers.sent[1:]}, {"s.1"})

    def test_all_wait_for_one_token(self) -> None:
        creating = self.servers.answers[CREATE] = Deferred()
        waiting = [self.send(), self.send(2.0), self.send()]
        self.clock.advance(2.0)
        failure = self.failureResultOf(waiting.pop(1), DeadlineExceeded)
        self.assertIn("build/17 has no token yet", failure.getErrorMessage())
        creating.callback(token_answer())
        for one in waiting:
            self.successResultOf(one)
        self.assertEqual(self.count(CREATE), 1)

    def test_a_lease_is_made_once(self) -> None:
        self.assertEqual([self.user(), self.user()], ["u1", "u1"])

    def test_the_token_is_renewed_while_the_scope_lasts(self) -> None:
        self.successResultOf(self.send())
        self.clock.pump([1.0] * 100)
        self.assertEqual((self.count(RENEW_SELF), self.count(CREATE)), (5, 1))
        self.successResultOf(self.end())
        self.assertEqual(self.clock.getDelayedCalls(), [])

    def test_a_token_that_has_ended_is_replaced_with_its_leases(self) -> None:
        self.servers.answers[RENEW_SELF] = ProviderUnavailable("vault", "p", "it is away")
        self.assertEqual(self.user(), "u1")
        self.clock.pump([1.0] * 60)
        self.assertEqual((self.user(), self.count(CREATE)), ("u2", 2))

    def test_a_token_that_was_revoked_is_replaced_with_its_leases(self) -> None:
        self.assertEqual(self.user(), "u1")
        is_dead = {"s.1"}
        for path, good in (("secret/a", {"data": 2}), (LOOKUP_SELF, {})):
            self.servers.answers[path] = lambda sent, good=good: (
                forbidden() if sent.token in is_dead else good
            )
        self.assertEqual(self.successResultOf(self.send()), {"data": 2})
        self.assertEqual(self.user(), "u2")

    def test_what_is_denied_to_a_token_that_is_alive_is_denied(self) -> None:
        self.servers.answers["secret/a"] = forbidden()
        failure = self.failureResultOf(self.send(), AccessDenied)
        self.assertIn("the token of build/17, which is alive", failure.getErrorMessage())
        self.assertIn("'secret/a'", failure.getErrorMessage())
        self.assertEqual(self.count(CREATE), 1)

    def test_where_no_token_may_look_itself_up_a_denial_replaces_one_token_in_a_while(self) -> None:
        self.servers.answers.update({"secret/a": forbidden(), LOOKUP_SELF: forbidden()})
        for _ in range(3):
            failure = self.failureResultOf(self.send(), AccessDenied)
            self.assertIn("its policy must allow", failure.getErrorMessage())
        self.assertEqual(self.count(CREATE), 2)
        self.assertEqual([self.user(), self.user()], ["u1", "u1"])
        self.clock.advance(15.0)
        self.failureResultOf(self.send(), AccessDenied)
        self.assertEqual(self.count(CREATE), 3)

    def test_where_no_token_may_look_itself_up_a_revoked_one_is_replaced(self) -> None:
        self.servers.answers[LOOKUP_SELF] = forbidden()
        self.assertEqual(self.user(), "u1")
        self.servers.answers["secret/a"] = lambda sent: (
            forbidden() if sent.token == "s.1" else {"data": 2}
        )
        self.assertEqual(self.successResultOf(self.send()), {"data": 2})
        self.assertEqual(self.user(), "u2")

    def test_its_end_revokes_every_token(self) -> None:
        self.successResultOf(self.send())
        self.servers.answers[RENEW_SELF] = forbidden()
        self.clock.advance(60.0)
        self.successResultOf(self.send())
        self.successResultOf(self.end())
        revoked = [sent.token for sent in self.servers.sent if sent.path == REVOKE_SELF]
        self.assertEqual(revoked, ["s.1", "s.2"])

    def test_it_waits_until_it_is_known_what_to_revoke(self) -> None:
        creating = self.servers.answers[CREATE] = Deferred()
        sending, ending = self.send(), self.end()
        self.assertNoResult(ending)
        creating.callback(token_answer())
        self.successResultOf(ending)
        self.assertEqual(self.servers.paths()[-1], REVOKE_SELF)
        self.successResultOf(sending)

    def test_after_its_end_it_is_given_nothing(self) -> None:
        self.successResultOf(self.end())
        failure = self.failureResultOf(self.lease(), ProviderError)
        self.assertIn("build/17 has ended", failure.getErrorMessage())

    def test_services_are_one_scope(self) -> None:
        scope = self.opened(None)
        self.assertEqual((scope.id, scope.label), (None, "services"))
