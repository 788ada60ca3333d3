"""How fast a policy of a thousand rules decides, compared with a naive matcher in the same run."""

from __future__ import annotations

from twisted.trial.unittest import SynchronousTestCase

from buildbot_keychain.policy import Policy
from tests.benchmarks.policy import LEAST, naive, questions, rate, rules


class SpeedTests(SynchronousTestCase):
    def test_it_need_not_look_at_every_rule(self) -> None:
        """Other processes disturb both; that it is reached once is enough."""
        written = rules()
        policy = Policy(written)

        def ratio() -> float:
            slow = rate(naive(written), questions(40))
            fast = rate(
                lambda path, build: policy.decide("files", path, build).is_allowed,
                questions(10_000),
            )
            return fast / slow

        self.assertTrue(any(ratio() > LEAST for _ in range(20)))
