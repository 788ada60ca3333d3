"""Lookups while a provider is slow, hung, failing, flapping or lying."""

from __future__ import annotations

from twisted.trial.unittest import SynchronousTestCase

from tests.support.lookup_faults import KINDS, run


class FaultTests(SynchronousTestCase):
    def test_lookups_end_in_time_with_what_is_right(self) -> None:
        """Each fault, in each position of three, with each setting; nothing is left behind."""
        self.assertGreater(run(range(KINDS)), KINDS * 20)
        # An error that a provider has in the end, when nobody waits for it, is of its own code.
        self.flushLoggedErrors()
