"""A small farm: two masters on one PostgreSQL, each with builders of its own."""

from __future__ import annotations

from twisted.trial.unittest import SynchronousTestCase

from tests.integration.farm.farm import Farm
from tests.integration.farm.settings import MASTERS, Settings
from tests.integration.farm.table import table

BUILDERS, SECRETS = 40, 40
STEPS_PER_HOUR, SECONDS = 72_000, 3.0


class FarmTests(SynchronousTestCase):
    """10,000 builders, 5,000 secrets and ten minutes are run by hand."""

    def test_two_masters_build_and_hide(self) -> None:
        outcome = Farm(self).run(
            Settings(
                library=True,
                builders=BUILDERS,
                secrets=SECRETS,
                steps_per_hour=STEPS_PER_HOUR,
                seconds=SECONDS,
            )
        )
        self.assertEqual(len(outcome.masters), MASTERS)
        self.assertEqual(outcome.problems, [])
        self.assertEqual(outcome.leaked, 0)
        self.assertGreater(outcome.hidden, 0)
        for figures in outcome.masters:
            self.assertEqual(figures["results"], {"success": figures["builds"]})
            self.assertGreater(figures["given"], figures["builds"])
        self.assertIn("secrets in logs and database", "\n".join(table([outcome])))
