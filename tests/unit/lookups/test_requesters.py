"""What is shared and kept is for nobody to whom it is denied, or to whom another answer is due."""

from __future__ import annotations

from twisted.trial.unittest import SynchronousTestCase

from tests.support.lookup_requesters import run


class RequesterTests(SynchronousTestCase):
    def test_nobody_is_given_what_is_not_for_them(self) -> None:
        given, denied = run(range(180))
        self.assertGreater(min(given, denied), 1000)
