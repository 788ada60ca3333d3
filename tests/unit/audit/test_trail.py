from __future__ import annotations

from twisted.trial.unittest import TestCase

from buildbot_keychain.audit import AuditTrail, Event, Hidden

EVENT = Hidden("x", "log")


class ObserverTests(TestCase):
    def test_each_observer_is_told_until_it_ends_that(self) -> None:
        trail, seen = AuditTrail(), list[Event]()
        self.assertFalse(trail.is_watched)

        def fail(_: Event) -> None:
            raise ValueError

        end_failing, end = trail.observe(fail), trail.observe(seen.append)
        self.assertTrue(trail.is_watched)
        trail.record(EVENT)
        self.assertEqual((seen, len(self.flushLoggedErrors(ValueError))), ([EVENT], 1))
        end()
        end_failing()
        trail.record(EVENT)
        self.assertEqual((seen, trail.is_watched), ([EVENT], False))
