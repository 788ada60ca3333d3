from __future__ import annotations

from twisted.trial.unittest import SynchronousTestCase

from buildbot_keychain.store.resealing import Resealed


class ResealedTests(SynchronousTestCase):
    def test_it_is_stuck_where_nothing_but_problems_is_left(self) -> None:
        found = {
            (done, problems): Resealed(done, problems).is_stuck
            for done in (0, 3)
            for problems in ((), ("wrong",))
        }
        self.assertEqual([case for case, is_stuck in found.items() if is_stuck], [(0, ("wrong",))])
