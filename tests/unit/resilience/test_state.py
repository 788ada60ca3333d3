from __future__ import annotations

import json
from dataclasses import asdict

from twisted.internet.defer import CancelledError

from buildbot_keychain.errors import DeadlineExceeded
from buildbot_keychain.resilience import BUCKETS, ProviderState
from buildbot_keychain.resilience._state import Measure
from tests.support.wrappers import AWAY, WrapperCase


class MeasureTests(WrapperCase):
    def setUp(self) -> None:
        super().setUp()
        self.wrapper = Measure(self.clock)

    def test_latencies(self) -> None:
        for seconds in (0, 0.001, 0.02, 40, 60):
            asking = self.ask()
            self.assertEqual(self.wrapper.in_progress, 1)
            self.clock.advance(seconds)
            self.asked[-1].callback("value")
            self.successResultOf(asking)
        self.assertEqual(self.wrapper.latencies, [2, 0, 1, *[0] * (len(BUCKETS) - 3), 2])
        self.assertAlmostEqual(self.wrapper.seconds, 100.021)
        self.assertEqual((self.wrapper.asked, self.wrapper.in_progress), (5, 0))

    def test_errors_by_class(self) -> None:
        for error in (AWAY, AWAY, DeadlineExceeded("vault", "x", "late"), ValueError()):
            self.answer(error)
        asking = self.ask()
        asking.cancel()
        self.failureResultOf(asking, CancelledError)
        self.assertEqual(
            self.wrapper.errors,
            {"ProviderUnavailable": 2, "DeadlineExceeded": 1, "other": 1, "cancelled": 1},
        )

    def test_a_state_is_plain(self) -> None:
        self.assertEqual(json.loads(json.dumps(asdict(ProviderState("vault"))))["asked"], 0)
