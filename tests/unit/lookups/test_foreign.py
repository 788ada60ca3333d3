"""What an error of a provider that somebody else wrote means."""

from __future__ import annotations

import socket
from typing import Any

from twisted.internet import error as network
from twisted.internet.defer import CancelledError, Deferred
from twisted.internet.defer import TimeoutError as DeferredTimeout
from twisted.internet.task import Clock
from twisted.python.failure import Failure
from twisted.trial.unittest import SynchronousTestCase
from twisted.web.client import ResponseNeverReceived

from buildbot_keychain import Resilience, SecretManager
from buildbot_keychain.errors import ProviderError, ProviderUnavailable
from tests.support.fakes import DictProvider
from tests.support.reachable import reachable_text

VALUE = "tr0ub4dor&3"

OF_A_NETWORK: list[Exception] = [
    ConnectionRefusedError(VALUE),
    BrokenPipeError(VALUE),
    TimeoutError(VALUE),
    socket.gaierror(VALUE),
    network.ConnectionRefusedError(VALUE),
    network.TimeoutError(VALUE),
    network.DNSLookupError(VALUE),
    network.ConnectionLost(VALUE),
    DeferredTimeout(VALUE),
    ResponseNeverReceived([Failure(network.ConnectionLost(VALUE))]),
]

OTHERS: list[Exception] = [
    FileNotFoundError(VALUE),
    PermissionError(VALUE),
    KeyError(VALUE),
    network.ProcessTerminated(2),
    ResponseNeverReceived([Failure(ValueError(VALUE))]),
]


class ForeignErrorTests(SynchronousTestCase):
    def setUp(self) -> None:
        self.clock = Clock()

    def manager(self, answer: Any, **settings: Any) -> SecretManager:
        providers = [DictProvider("away", {"x": answer}), DictProvider("next", {"x": "second"})]
        return SecretManager(
            providers, reactor=self.clock, resilience={"away": Resilience(**settings)}
        )

    def test_what_a_network_does_is_unavailability(self) -> None:
        for error in OF_A_NETWORK:
            manager = self.manager(error, breaker=1)
            failure = self.failureResultOf(manager.get("x"), ProviderUnavailable)
            self.assertIn(
                f"it cannot be reached: it failed with {type(error).__name__}", str(failure.value)
            )
            self.assertNotIn(VALUE, reachable_text(failure))
            self.assertEqual(manager.state["away"].breaker, "open")
            optional = self.manager(error, optional=True)
            self.assertEqual(self.successResultOf(optional.get("x")).source, "next")

    def test_other_errors_are_not(self) -> None:
        for error in OTHERS:
            manager = self.manager(error, breaker=1, optional=True)
            failure = self.failureResultOf(manager.get("x"), ProviderError)
            self.assertNotIsInstance(failure.value, ProviderUnavailable)
            self.assertNotIn(VALUE, reachable_text(failure))
            self.assertEqual(manager.state["away"].breaker, "closed")

    def test_what_ends_programs_is_an_error_of_the_provider(self) -> None:
        for error in (SystemExit(VALUE), KeyboardInterrupt(VALUE)):
            manager = self.manager(Failure(error))
            manager.providers[0].get = lambda _, error=error: _raise(error)
            failure = self.failureResultOf(manager.get("x"), ProviderError)
            self.assertEqual(failure.value.provider, "away")
            self.assertNotIn(VALUE, reachable_text(failure))

    def test_a_provider_that_ends_the_lookup_is_unavailable(self) -> None:
        """Neither of those who wait has cancelled anything."""
        for at_once in (False, True):
            answer: Deferred[str] = Deferred()
            manager = self.manager(answer, optional=True, breaker=1)
            if at_once:
                answer.errback(CancelledError(VALUE))
            asking = [manager.get("x"), manager.get("away!x")]
            if not at_once:
                answer.errback(CancelledError(VALUE))
            self.assertEqual(self.successResultOf(asking[0]).source, "next")
            failure = self.failureResultOf(asking[1], ProviderUnavailable)
            self.assertNotIn(VALUE, reachable_text(failure))
            self.assertEqual(manager.state["away"].breaker, "open")

    def test_whoever_asks_can_end_it(self) -> None:
        manager = self.manager(Deferred(), optional=True, breaker=1)
        asking = manager.get("x")
        asking.cancel()
        self.failureResultOf(asking, CancelledError)
        state = manager.state["away"]
        self.assertEqual((state.breaker, state.errors), ("closed", {"cancelled": 1}))


def _raise(error: BaseException) -> None:
    raise error
