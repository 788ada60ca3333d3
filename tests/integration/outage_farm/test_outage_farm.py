"""A small run of the farm: no build is red that a retry can save, and no worker has to rest."""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path

from tests.integration.outage_farm.farm import Farm
from tests.support.ram_disk import in_memory
from tests.support.real_master import RealMasterTestCase

BUILDS = 100
OUTAGE = 30.0
"""Seconds. All else takes as long as it takes."""


class OutageFarmTests(RealMasterTestCase):
    """A thousand builds and ten minutes are run by hand."""

    timeout = 600

    async def test_every_build_survives(self) -> None:
        self.isolate_masters()
        directory = Path(tempfile.mkdtemp(prefix="keychain-farm-", dir=in_memory()))
        self.addCleanup(shutil.rmtree, directory, ignore_errors=True)
        farm = Farm(self, directory, builds=BUILDS, workers=10, outage=OUTAGE, protocol="null")
        outcome = await farm.run()
        self.assertEqual(outcome.results, {"success": BUILDS}, outcome.states)
        self.assertEqual(outcome.builds.keys(), {"success", "retry"}, outcome.builds)
        self.assertEqual(outcome.quarantines, 0)
        self.assertTrue(farm.waits_for_nothing)
