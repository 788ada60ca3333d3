"""Nothing that Buildbot writes shows a secret: every channel against every sink."""

from __future__ import annotations

from twisted.trial.unittest import TestCase

from tests.integration.leaks.report import leaks, wrong_results
from tests.integration.leaks.run import LeakRun


class LeakTests(TestCase):
    timeout = 240  # seconds

    async def test_nothing_leaks_under_a_manager(self) -> None:
        await self._assert_no_leak("manager")

    async def test_nothing_leaks_with_a_provider_alone(self) -> None:
        await self._assert_no_leak("provider")

    async def test_nothing_leaks_with_buildbots_own_renderables(self) -> None:
        await self._assert_no_leak("Buildbot's renderables")

    async def _assert_no_leak(self, variant: str) -> None:
        run = LeakRun(self, variant)
        outcome = await run.outcome()
        found = [
            f"{finding.channel} -> {sink}: {finding.count} {finding.kind}"
            for sink, finding in leaks(run.settings, outcome)
        ]
        self.assertEqual(found, [], "\n".join(["secrets leak:", *found]))
        self.assertEqual(wrong_results(run.settings, outcome), [])
        self.assertTrue(outcome.reporter_got_secret)
