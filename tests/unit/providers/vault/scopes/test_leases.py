"""What one scope was given: made once, renewed, and errors that say what to do."""

from __future__ import annotations

from typing import Any

from twisted.internet.defer import Deferred
from twisted.internet.task import Clock
from twisted.logger import capturedLogs
from twisted.trial.unittest import SynchronousTestCase

from buildbot_keychain.errors import AccessDenied, ProviderError
from buildbot_keychain.providers.vault.renewal import Renewals
from buildbot_keychain.providers.vault.scopes._lease import Lease
from buildbot_keychain.providers.vault.scopes._leases import Leases
from buildbot_keychain.providers.vault.secrets import DynamicName
from buildbot_keychain.providers.vault.transport import RequestContext, VaultRefusal
from buildbot_keychain.single_flight import SingleFlight
from tests.support.vault.fake_servers import (
    FakeServers,
    Sent,
    forbidden,
    refused,
    session_of,
)

READ = DynamicName("database/creds/ro", None, "password", "database")
WRITTEN = DynamicName("pki/issue/web", (("common_name", "a.b"),), "certificate", "pki")
RENEW = "sys/leases/renew"


class LeasesTests(SynchronousTestCase):
    """`Leases`."""

    def setUp(self) -> None:
        self.clock = Clock()
        self.servers = FakeServers()
        self.servers.answers[READ.path] = self.answer()
        self.renewals = Renewals("build/1", self.clock, SingleFlight())
        self.leases = self.of(lasting=True)

    def of(self, *, lasting: bool) -> Leases:
        return Leases(
            "build/1",
            session_of(self.servers),
            self.renewals,
            new_context=lambda path: RequestContext("vault", path, self.clock, 10.0),
            clock=self.clock,
            wall_clock=lambda: 1000.0,
            lasting=lasting,
        )

    def answer(self, ttl: int = 90, **more: Any) -> dict[str, Any]:
        data = {"username": "u", "password": "p"}
        return {"lease_id": "l/1", "lease_duration": ttl, "renewable": True, "data": data, **more}

    def test_when_what_cannot_be_renewed_ends(self) -> None:
        self.servers.answers[READ.path] = self.answer(renewable=False)
        self.servers.answers[WRITTEN.path] = self.answer()
        self.issue()
        self.issue(WRITTEN)
        (expiry,) = self.leases.expiries()
        self.assertEqual((expiry.kind, expiry.name, expiry.when), ("lease", READ.path, 90.0))
        self.clock.advance(90)
        self.assertEqual(list(self.leases.expiries()), [])

    def issue(self, name: DynamicName = READ) -> Lease:
        return self.successResultOf(Deferred.fromCoroutine(self.leases.issue(name)))

    def error(self, name: DynamicName, kind: type[Exception] = ProviderError) -> str:
        failure = self.failureResultOf(Deferred.fromCoroutine(self.leases.issue(name)), kind)
        return failure.getErrorMessage()

    def test_fields_of_one_name_are_of_one_lease(self) -> None:
        lease = self.issue()
        other_field = DynamicName(READ.path, None, "username", "database")
        self.assertIs(self.leases.held(other_field), lease)
        self.assertIsNone(self.leases.held(WRITTEN))
        self.leases.clear()
        self.assertIsNone(self.leases.held(READ))

    def test_what_is_written(self) -> None:
        self.servers.answers[WRITTEN.path] = {"data": {"certificate": "c"}}
        self.assertEqual(self.issue(WRITTEN).fields, {"certificate": "c"})
        self.assertEqual(
            self.servers.sent, [Sent(WRITTEN.path, "s.own", {"common_name": "a.b"}, True)]
        )

    def test_it_is_renewed_until_it_ends(self) -> None:
        self.servers.answers[RENEW] = {"lease_duration": 90, "renewable": True}
        self.issue()
        self.clock.pump([1.0] * 100)
        self.assertEqual(self.servers.paths(), [READ.path, RENEW, RENEW, RENEW])
        self.assertEqual(self.servers.sent[1].body, {"lease_id": "l/1", "increment": 90})
        self.servers.answers[RENEW] = {"lease_duration": 10, "renewable": True}
        self.clock.pump([1.0] * 100)
        self.assertIsNone(self.leases.held(READ))

    def test_a_renewal_that_is_denied_is_not_repeated(self) -> None:
        self.servers.answers[RENEW] = forbidden()
        self.issue()
        with capturedLogs() as events:
            self.clock.pump([1.0] * 89)
        self.assertEqual(self.servers.paths(), [READ.path, RENEW])
        self.assertEqual(len(events), 1)
        self.assertIsNotNone(self.leases.held(READ))

    def test_what_has_no_end_lasts_as_long_as_a_build_or_a_minute(self) -> None:
        self.servers.answers[READ.path] = self.answer(0, lease_id="")
        self.issue()
        self.clock.advance(1e6)
        self.assertIsNotNone(self.leases.held(READ))
        self.leases = self.of(lasting=False)
        self.issue()
        self.clock.advance(59.0)
        self.assertIsNotNone(self.leases.held(READ))
        self.clock.advance(1.0)
        self.assertIsNone(self.leases.held(READ))

    def test_errors_say_what_to_do(self) -> None:
        for name, answer, reason in (
            (READ, refused(VaultRefusal.BAD_REQUEST), "check that the role is there"),
            (READ, refused(VaultRefusal.NO_MOUNT, 405), f"put a '?' after it: {READ.path}?"),
            (WRITTEN, refused(VaultRefusal.NO_MOUNT, 405), "leave out the '?'"),
            (READ, refused(VaultRefusal.ABSENT, 404), "it has nothing there (HTTP 404)"),
            (READ, refused(VaultRefusal.OTHER, 418), "HTTP 418"),
            (READ, {"data": None}, "it returned no secret"),
        ):
            self.servers.answers[name.path] = answer
            message = self.error(name)
            self.assertIn(f"that is an engine of type '{name.engine}', and", message)
            self.assertIn(reason, message)

    def test_a_denial_names_the_capability(self) -> None:
        for name, capability in ((READ, "'read'"), (WRITTEN, "'update'")):
            self.servers.answers[name.path] = forbidden()
            message = self.error(name, AccessDenied)
            self.assertIn(f"the capability {capability} on '{name.path}'", message)
            self.assertIn("the token of build/1", message)
