from __future__ import annotations

from twisted.internet.defer import CancelledError, Deferred

from buildbot_keychain.errors import DeadlineExceeded
from buildbot_keychain.resilience._deadlines import Deadline
from tests.support.wrappers import WrapperCase, X


class DeadlineTests(WrapperCase):
    def setUp(self) -> None:
        super().setUp()
        self.wrapper = Deadline(self.clock, 10)

    def test_an_answer_in_time(self) -> None:
        asking = self.ask()
        self.clock.advance(9.9)
        self.asked[0].callback("value")
        self.assertEqual(self.successResultOf(asking), "value")
        self.assertEqual(self.clock.getDelayedCalls(), [])

    def test_none_in_time(self) -> None:
        asking = self.ask()
        self.clock.advance(10)
        error = self.failureResultOf(asking, DeadlineExceeded).value
        self.assertIn("'vault': no answer within 10 seconds", str(error))
        self.assertEqual(self.cancelled, self.asked)

    def test_one_that_ignores_that_it_is_cancelled(self) -> None:
        async def behind() -> object:
            try:
                await Deferred()
            except CancelledError:
                await Deferred()
            return "late"

        for give_up in (lambda _: self.clock.advance(10), lambda asking: asking.cancel()):
            asking = Deferred.fromCoroutine(self.wrapper.ask(X, behind))
            give_up(asking)
            self.failureResultOf(asking, DeadlineExceeded, CancelledError)
            self.assertEqual(self.clock.getDelayedCalls(), [])
