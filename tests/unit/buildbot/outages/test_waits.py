from __future__ import annotations

from buildbot.util import ComparableMixin
from twisted.internet.defer import CancelledError, Deferred, fail, succeed
from twisted.trial.unittest import SynchronousTestCase

from buildbot_keychain.buildbot.outages import Waits
from buildbot_keychain.details import SecretDetails
from buildbot_keychain.errors import KeychainError, SecretNotFound
from tests.support.services_master import ServicesMaster

FOUND = SecretDetails("vault", "token", "s3cr3t-that-is-waited-for")


class Reconfigured(ComparableMixin):
    """A service whose settings change."""

    compare_attrs = ("setting",)

    def __init__(self, setting: str) -> None:
        self.setting = setting


class WaitsTests(SynchronousTestCase):
    """Waiting, with a clock."""

    def setUp(self) -> None:
        self.master = ServicesMaster()
        self.waits = Waits(self.master)

    def answer_of(self, lookup: Deferred[SecretDetails]) -> Deferred[SecretDetails]:
        return Deferred.fromCoroutine(self.waits.answer_of("one", lookup))

    def pause(self, waiter: object = "one") -> Deferred[bool]:
        return Deferred.fromCoroutine(self.waits.pause(waiter, 5.0))

    def test_a_pause(self) -> None:
        pause = self.pause()
        self.master.reactor.advance(4.9)
        self.assertNoResult(pause)
        self.master.reactor.advance(0.1)
        self.assertTrue(self.successResultOf(pause))
        self.assertEqual(self.waits._pauses, {})

    def test_one_is_woken_and_others_wait_on(self) -> None:
        one, other = self.pause(), self.pause("other")
        self.assertEqual(self.waits.count, 2)
        self.waits.wake("one")
        self.waits.wake("nobody")
        self.assertFalse(self.successResultOf(one))
        self.assertNoResult(other)
        self.master.stopService()
        self.assertFalse(self.successResultOf(other))
        self.assertEqual(self.master.reactor.getDelayedCalls(), [])

    def test_a_service_that_is_reconfigured_meanwhile(self) -> None:
        """It is compared by its settings, and so is its hash."""
        service, equal = Reconfigured("a"), Reconfigured("a")
        pause, other = self.pause(service), self.pause(equal)
        service.setting = "b"
        self.waits.wake(service)
        self.assertFalse(self.successResultOf(pause))
        self.assertNoResult(other)
        self.waits.wake(equal)
        self.assertFalse(self.successResultOf(other))
        self.assertEqual(self.waits._pauses, {})

    def test_an_answer(self) -> None:
        self.assertIs(self.successResultOf(self.answer_of(succeed(FOUND))), FOUND)
        lookup: Deferred[SecretDetails] = Deferred()
        answer = self.answer_of(lookup)
        lookup.callback(FOUND)
        self.assertIs(self.successResultOf(answer), FOUND)
        self.failureResultOf(self.answer_of(fail(SecretNotFound("x", ()))), SecretNotFound)

    def test_nobody_waits_for_an_answer_any_more(self) -> None:
        lookup: Deferred[SecretDetails] = Deferred()
        answer = self.answer_of(lookup)
        self.waits.wake("one")
        self.failureResultOf(answer, KeychainError)
        lookup.callback(FOUND)  # others may have waited for it

    def test_a_lookup_that_is_cancelled(self) -> None:
        lookup: Deferred[SecretDetails] = Deferred()
        answer = self.answer_of(lookup)
        lookup.cancel()
        self.failureResultOf(answer, CancelledError)
