from __future__ import annotations

from twisted.internet.defer import CancelledError

from buildbot_keychain.errors import AccessDenied, DeadlineExceeded, NotAsked
from buildbot_keychain.resilience._breakers import CLOSED, OPEN, PROBING, Breaker
from tests.support.wrappers import AWAY, WrapperCase


class BreakerTests(WrapperCase):
    def setUp(self) -> None:
        super().setUp()
        self.wrapper = Breaker(self.clock, 3, 30)

    def open(self) -> None:
        for _ in range(3):
            self.answer(AWAY)
        self.assertEqual(self.wrapper.state, OPEN)

    def test_it_opens_when_the_provider_is_away_several_times_in_a_row(self) -> None:
        self.answer(AWAY)
        self.answer(DeadlineExceeded("vault", "x", "late"))
        self.assertEqual(self.wrapper.state, CLOSED)
        self.answer(AWAY)
        self.assertEqual((self.wrapper.state, self.wrapper.opened), (OPEN, 1))
        error = self.answer("unheard")
        self.assertIsInstance(error, NotAsked)
        self.assertIn("3 times in a row, and is asked again in 30 seconds", str(error))
        self.assertEqual(len(self.asked), 3)

    def test_whatever_the_provider_says_it_is_there(self) -> None:
        for said in ("value", None, AccessDenied("vault", "x", "no"), ValueError()):
            self.answer(AWAY)
            self.answer(AWAY)
            self.answer(said)
            self.assertEqual(self.wrapper.state, CLOSED)

    def test_that_it_was_not_asked_does_not_count(self) -> None:
        for _ in range(5):
            self.answer(NotAsked("vault", "x", "too many"))
        self.assertEqual(self.wrapper.state, CLOSED)

    def test_one_lookup_probes_after_the_pause(self) -> None:
        self.open()
        self.clock.advance(30)
        probe = self.ask()
        self.assertEqual(self.wrapper.state, PROBING)
        self.assertIsInstance(self.answer("unheard"), NotAsked)
        self.asked[-1].callback("value")
        self.assertEqual(self.successResultOf(probe), "value")
        self.assertEqual(self.wrapper.state, CLOSED)
        self.assertEqual(self.answer("value"), "value")

    def test_a_probe_that_fails_opens_it_again(self) -> None:
        self.open()
        self.clock.advance(30)
        self.assertIs(self.answer(AWAY), AWAY)
        self.assertIsInstance(self.answer("unheard"), NotAsked)
        self.clock.advance(30)
        self.assertEqual(self.answer("value"), "value")
        self.assertEqual(self.wrapper.opened, 1)

    def test_the_next_one_probes_if_the_probe_says_nothing(self) -> None:
        self.open()
        self.clock.advance(30)
        probe = self.ask()
        probe.cancel()
        self.failureResultOf(probe, CancelledError)
        self.assertIsInstance(self.answer(NotAsked("vault", "x", "too many")), NotAsked)
        self.assertEqual(self.wrapper.state, OPEN)
        self.assertEqual(self.answer("value"), "value")

    def test_a_late_answer_closes_it(self) -> None:
        late = self.ask()
        self.open()
        self.asked[0].callback("value")
        self.assertEqual(self.successResultOf(late), "value")
        self.assertEqual(self.wrapper.state, CLOSED)

    def test_late_failures_do_not_make_the_pause_longer(self) -> None:
        late = self.ask()
        self.open()
        self.clock.advance(29)
        self.asked[0].errback(AWAY)
        self.failureResultOf(late)
        self.clock.advance(1)
        self.assertEqual(self.answer("value"), "value")

    def test_it_says_when_it_opens_and_closes(self) -> None:
        lines = self.logged()
        self.open()
        self.clock.advance(30)
        self.answer(AWAY)
        self.clock.advance(30)
        self.answer("value")
        self.assertEqual(len(lines), 2, lines)
        self.assertIn("asked every 30 seconds until it answers", lines[0])
        self.assertIn("'vault' answers again", lines[1])
