"""Renewing in time, on a clock that is put forward by hand."""

from __future__ import annotations

from typing import Any

from twisted.internet.defer import Deferred, succeed
from twisted.internet.task import Clock
from twisted.logger import ILogObserver, formatEvent, globalLogPublisher
from twisted.trial.unittest import SynchronousTestCase
from zope.interface import provider

from buildbot_keychain.errors import ProviderUnavailable
from buildbot_keychain.providers.vault.renewal._renewals import Renewals
from buildbot_keychain.providers.vault.renewal._term import Term
from buildbot_keychain.providers.vault.transport import VaultRefusal, VaultRefused
from buildbot_keychain.single_flight import SingleFlight


class RenewalsTests(SynchronousTestCase):
    """`Renewals`."""

    def setUp(self) -> None:
        self.clock = Clock()
        self.renewals = Renewals("build/1", self.clock, SingleFlight())
        self.renewed: list[float] = []
        self.logged: list[str] = []
        self.answer: Any = None

        @provider(ILogObserver)
        def observe(event: Any) -> None:
            self.logged.append(formatEvent(event))

        globalLogPublisher.addObserver(observe)
        self.addCleanup(globalLogPublisher.removeObserver, observe)

    def term(self, ttl: float = 90.0) -> Term:
        return Term(self.clock.seconds(), ttl, renewable=True, first_ttl=90.0)

    async def renew(self) -> Term:
        self.renewed.append(self.clock.seconds())
        answer = self.answer
        if isinstance(answer, Exception):
            raise answer
        if isinstance(answer, Deferred):
            await answer
        return self.term() if not isinstance(answer, float) else self.term(answer)

    def keep(self) -> None:
        self.renewals.keep("token", self.term(), self.renew, "the token")

    def after(self, seconds: int) -> list[float]:
        self.clock.pump([1.0] * seconds)
        return self.renewed

    def test_again_and_again(self) -> None:
        self.keep()
        self.assertEqual(self.after(100), [30.0, 60.0, 90.0])
        self.renewals.clear()
        self.assertEqual(len(self.after(100)), 3)
        self.assertEqual(self.clock.getDelayedCalls(), [])

    def test_one_that_waits_for_an_answer_is_not_begun_twice(self) -> None:
        self.answer = Deferred()
        self.keep()
        self.assertEqual(self.after(80), [30.0])
        waiting, self.answer = self.answer, None
        waiting.callback(None)
        self.assertEqual(self.after(31), [30.0, 110.0])

    def test_while_no_server_answers_it_is_tried_until_the_end(self) -> None:
        self.answer = ProviderUnavailable("vault", "p", "it is away")
        self.keep()
        tries = self.after(200)
        self.assertTrue(5 < len(tries) < 40)
        self.assertLess(max(tries), 91.0)
        self.assertIn("the token of build/1 is not renewed", self.logged[0])
        self.assertIn("it is away", self.logged[0])

    def test_it_recovers(self) -> None:
        self.answer = ProviderUnavailable("vault", "p", "it is away")
        self.keep()
        self.after(40)
        self.answer = None
        count = len(self.after(20))
        self.assertTrue(self.after(60)[count:])

    def test_one_kept_anew_is_renewed_while_the_old_renewal_hangs(self) -> None:
        self.answer = Deferred()
        self.keep()
        self.after(31)
        self.answer = None
        self.keep()
        self.assertEqual(self.after(70), [30.0, 61.0, 91.0])

    def test_after_an_unexpected_error_it_is_tried_again(self) -> None:
        self.answer = KeyError("s.hidden")
        self.keep()
        self.after(31)
        self.answer = None
        self.assertGreater(len(self.after(20)), 1)
        self.assertIn("KeyError", self.logged[0])
        self.assertNotIn("s.hidden", "".join(self.logged))

    def test_a_warning_names_the_owner_once(self) -> None:
        self.answer = ProviderUnavailable("vault", "p", "it is away")
        self.keep()
        self.after(31)
        self.assertEqual(self.logged, ["the token of build/1 is not renewed: it is away"])

    def test_what_is_refused_is_left_to_end(self) -> None:
        self.answer = VaultRefused(VaultRefusal.BAD_REQUEST, 400)
        self.keep()
        self.assertEqual(self.after(200), [30.0])
        self.assertEqual(len(self.logged), 1)

    def test_the_longest_life_is_told(self) -> None:
        self.answer = 20.0
        self.keep()
        self.assertEqual(self.after(200), [30.0])
        (warning,) = self.logged
        self.assertIn("the token of build/1 cannot be renewed again: it ends in 20", warning)
        self.assertIn("ends in 20 seconds, its longest life", warning)

    def test_what_cannot_be_renewed_is_not(self) -> None:
        self.renewals.keep("token", Term(0.0, 90.0), self.renew, "the token")
        self.assertEqual(self.after(200), [])

    def test_cleared_while_it_waits(self) -> None:
        self.answer = Deferred()
        self.keep()
        self.after(31)
        self.renewals.clear()
        self.answer.callback(None)
        self.assertEqual(self.clock.getDelayedCalls(), [])
        self.assertIsNone(self.successResultOf(succeed(None)))
