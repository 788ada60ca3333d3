"""Nothing that Buildbot writes shows a secret: every channel against every sink.

The whole table runs under our manager. With a provider alone, and with Buildbot's own ``Secret``
and ``Interpolate``, what is shown and where is the same code; there, the channels run that differ
in how a secret is asked for. ``python -m tests.integration.leaks`` prints a variant's whole matrix.
"""

from __future__ import annotations

import importlib

from twisted.trial.unittest import TestCase

from tests.integration.leaks import channels
from tests.integration.leaks.report import leaks, wrong_results
from tests.integration.leaks.run import LeakRun

_ASKING = ("commands", "stored", "sources")


class LeakTests(TestCase):
    timeout = 600  # seconds

    async def test_nothing_leaks_under_a_manager(self) -> None:
        await self._assert_no_leak("manager")

    async def test_nothing_leaks_with_a_provider_alone(self) -> None:
        await self._assert_no_leak("provider", _names_of(_ASKING))

    async def test_nothing_leaks_with_buildbots_own_renderables(self) -> None:
        await self._assert_no_leak("Buildbot's renderables", _names_of(_ASKING))

    async def _assert_no_leak(self, variant: str, only: tuple[str, ...] = ()) -> None:
        run = LeakRun(self, variant, only)
        outcome = await run.outcome()
        found = [
            f"{finding.channel} -> {sink}: {finding.count} {finding.kind}"
            for sink, finding in leaks(run.settings, outcome)
        ]
        self.assertEqual(found, [], "\n".join(["secrets leak:", *found]))
        self.assertEqual(wrong_results(run.settings, outcome), [])
        self.assertTrue(outcome.reporter_got_secret, "the reporter did not send its password")

    async def test_plain_buildbot_leaks(self) -> None:
        """The search finds what is there: without this library, most of these channels leak."""
        only = _names_of(("stored",))
        run = LeakRun(self, "plain Buildbot", only)
        outcome = await run.outcome()
        leaking = {finding.channel for _, finding in leaks(run.settings, outcome)}
        self.assertGreater(len(leaking), len(only) // 2)


def _names_of(modules: tuple[str, ...]) -> tuple[str, ...]:
    """Return the names of all channels of some modules."""
    tables = [importlib.import_module(f"{channels.__name__}.{name}").CHANNELS for name in modules]
    return tuple(channel.name for table in tables for channel in table)
