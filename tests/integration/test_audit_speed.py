"""What the audit trail costs of a lookup whose answer is kept, in one run on a real master."""

from __future__ import annotations

from twisted.trial.unittest import SynchronousTestCase

from tests.benchmarks.audit import COUNTED, MOST, cost, measured


class AuditSpeedTests(SynchronousTestCase):
    def test_it_costs_a_tenth_of_a_lookup_at_most(self) -> None:
        """With a policy, a cache, and all that is hidden; it is calls that are counted."""
        self.assertLess(cost(measured(COUNTED)), MOST)
