"""How fast a lookup is that is kept, compared with a bare dictionary in the same run."""

from __future__ import annotations

from twisted.trial.unittest import SynchronousTestCase

from tests.benchmarks.lookups import MOST, ratio


class SpeedTests(SynchronousTestCase):
    def test_a_lookup_that_is_kept(self) -> None:
        """Other processes disturb both; that it is reached once is enough."""
        for policy in (False, True):
            self.assertTrue(any(ratio(policy=policy) < MOST for _ in range(20)))
