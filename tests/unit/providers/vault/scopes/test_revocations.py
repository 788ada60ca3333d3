"""Revoking, on a clock that is put forward by hand, with a host's memory."""

from __future__ import annotations

from typing import Any

from twisted.internet.defer import Deferred, fail, succeed
from twisted.internet.task import Clock
from twisted.trial.unittest import SynchronousTestCase
from zope.interface import implementer

from buildbot_keychain.errors import ProviderUnavailable
from buildbot_keychain.interfaces import IScopeMemory
from buildbot_keychain.providers.vault.scopes._revocations import Revocations
from buildbot_keychain.providers.vault.transport import VaultRefusal
from tests.support.vault.fake_servers import (
    REVOKE_SELF,
    FakeServers,
    Sent,
    context,
    forbidden,
    refused,
    session_of,
)

ACCESSOR = "auth/token/revoke-accessor"


@implementer(IScopeMemory)
class Memory:
    """Remembers in a dict, unless it is broken."""

    def __init__(self, **entries: str) -> None:
        self.entries = entries
        self.is_broken = False

    def _done(self, result: Any = None) -> Deferred[Any]:
        return fail(RuntimeError("the database is away")) if self.is_broken else succeed(result)

    def remember(self, provider: str, scope: str, key: str) -> Deferred[None]:
        self.entries[key] = scope
        return self._done()

    def forget(self, provider: str, key: str) -> Deferred[None]:
        self.entries.pop(key, None)
        return self._done()

    def left_behind(self, provider: str) -> Deferred[list[tuple[str, str]]]:
        return self._done([(scope, key) for key, scope in self.entries.items()])


class RevocationsTests(SynchronousTestCase):
    """`Revocations`."""

    def setUp(self) -> None:
        self.clock = Clock()
        self.servers = FakeServers(**{ACCESSOR: {}, REVOKE_SELF: {}})
        self.memory = Memory()
        self.revocations = self.of(self.memory)

    def of(self, memory: Any) -> Revocations:
        return Revocations(session_of(self.servers), "vault", 10.0, self.clock, memory)

    def revoke(self, token: str = "") -> Deferred[None]:
        return Deferred.fromCoroutine(self.revocations.revoke("build/1", "a1", token))

    def test_a_token_revokes_itself(self) -> None:
        self.memory.entries["a1"] = "build/1"
        self.successResultOf(self.revoke("s.child"))
        self.assertEqual(self.servers.sent, [Sent(REVOKE_SELF, "s.child")])
        self.assertEqual(self.memory.entries, {})

    def test_otherwise_it_is_revoked_by_its_accessor(self) -> None:
        self.servers.answers[REVOKE_SELF] = forbidden()
        self.successResultOf(self.revoke("s.child"))
        self.assertEqual(self.servers.sent[1:], [Sent(ACCESSOR, "s.own", {"accessor": "a1"})])

    def test_one_that_is_gone_is_revoked(self) -> None:
        for refusal in (VaultRefusal.BAD_REQUEST, VaultRefusal.ABSENT):
            self.servers.answers[ACCESSOR] = refused(refusal)
            self.successResultOf(self.revoke())

    def test_a_server_that_is_away_is_asked_again_with_pauses(self) -> None:
        self.servers.answers[ACCESSOR] = ProviderUnavailable("vault", "p", "it is away")
        revoking = self.revoke()
        self.clock.pump([1.0] * 200)
        self.assertNoResult(revoking)
        # 1, 2, 4, 8, 16, 32, 60, and 60 seconds.
        self.assertEqual(len(self.servers.sent), 9)
        self.servers.answers[ACCESSOR] = {}
        self.clock.advance(60.0)
        self.successResultOf(revoking)

    def test_what_is_denied_is_given_up_and_stays_remembered(self) -> None:
        self.servers.answers[ACCESSOR] = forbidden()
        self.memory.entries["a1"] = "build/1"
        self.successResultOf(self.revoke())
        self.assertEqual(self.memory.entries, {"a1": "build/1"})

    def test_a_provider_that_stops_waits_no_longer(self) -> None:
        self.servers.answers[ACCESSOR] = ProviderUnavailable("vault", "p", "it is away")
        revoking = self.revoke()
        self.revocations.stop()
        self.successResultOf(revoking)
        self.successResultOf(self.revoke())
        self.assertEqual(len(self.servers.sent), 2)
        self.assertEqual(self.clock.getDelayedCalls(), [])

    def remember(self, scope: str | None = "build/1") -> Deferred[None]:
        return Deferred.fromCoroutine(self.revocations.remember(scope, "a1", context()))

    def test_what_is_remembered(self) -> None:
        self.successResultOf(self.remember(None))
        self.assertEqual(self.memory.entries, {})
        self.successResultOf(self.remember())
        self.assertEqual(self.memory.entries, {"a1": "build/1"})
        self.revocations = self.of(None)
        self.successResultOf(self.remember())

    def test_what_cannot_be_remembered_is_an_error(self) -> None:
        self.memory.is_broken = True
        failure = self.failureResultOf(self.remember(), ProviderUnavailable)
        self.assertIn("cannot be remembered", failure.getErrorMessage())
        self.assertEqual(len(self.flushLoggedErrors(RuntimeError)), 1)

    def left_behind(self) -> None:
        self.successResultOf(Deferred.fromCoroutine(self.revocations.revoke_left_behind()))

    def test_what_was_left_behind_is_revoked(self) -> None:
        self.memory.entries.update(a1="build/1", a2="build/2")
        self.servers.is_ready = False
        self.left_behind()
        self.assertEqual([sent.body["accessor"] for sent in self.servers.sent], ["a1", "a2"])
        self.assertEqual(self.memory.entries, {})
        self.assertTrue(self.servers.is_ready)

    def test_after_a_stop_nothing_more_of_what_was_left_behind_is_revoked(self) -> None:
        self.memory.entries.update(a1="build/1", a2="build/2")
        waiting: Deferred[Any] = Deferred()
        self.servers.answers[ACCESSOR] = waiting
        revoking = Deferred.fromCoroutine(self.revocations.revoke_left_behind())
        self.revocations.stop()
        waiting.callback({})
        self.successResultOf(revoking)
        self.assertEqual([sent.body["accessor"] for sent in self.servers.sent], ["a1"])
        self.assertEqual(self.memory.entries, {"a2": "build/2"})

    def test_a_memory_that_fails_holds_nothing_up(self) -> None:
        self.memory.is_broken = True
        self.left_behind()
        self.successResultOf(self.revoke())
        self.assertEqual(len(self.flushLoggedErrors(RuntimeError)), 2)
        self.revocations = self.of(None)
        self.left_behind()
