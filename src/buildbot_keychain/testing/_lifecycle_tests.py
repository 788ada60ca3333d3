"""The contract of starting and stopping: no leaks, restarts, and a clear error after a stop."""

from __future__ import annotations

from typing import Any

from twisted.internet.defer import CancelledError, gatherResults, maybeDeferred

from buildbot_keychain.errors import ProviderError, ProviderUnavailable
from buildbot_keychain.testing._harness import ProviderHarness
from buildbot_keychain.testing._hooks import NAME
from buildbot_keychain.testing._resource_leaks import processes, threads


class LifecycleTests(ProviderHarness):
    """What a provider does before, during and after its life as a service."""

    async def test_stopping_leaves_nothing_behind(self) -> None:
        """After it has stopped, none of its threads and processes is left."""
        before = threads() | processes()
        provider = await self.working_provider()
        lookups = [self.start_lookup(provider, NAME) for _ in range(20)]
        await self.within_timeout(gatherResults(lookups, consumeErrors=True), "20 lookups")
        await self.stop_provider(provider)
        await self.wait_until(
            lambda: not (threads() | processes()) - before,
            "it has left threads or processes behind",
        )

    async def test_stopped_provider_is_unavailable(self) -> None:
        """A lookup fails at once, with a retryable error that says that it has been stopped."""
        provider = await self.working_provider()
        await self.stop_provider(provider)
        error: Any = await self.failure_of(self.start_lookup(provider, NAME))
        self.assertIsInstance(error, ProviderUnavailable)
        self.assertIn("stopped", str(error))

    async def test_can_be_started_again(self) -> None:
        """It answers as before."""
        provider = await self.working_provider()
        for _ in range(2):
            await self.stop_provider(provider)
            await maybeDeferred(provider.startService)
            value = await self.store_canary(NAME)
            answer = await self.look_up(provider, NAME)
            self.assertValue(answer, value, "after it was started again")

    async def test_replacement_takes_over(self) -> None:
        """As in a reconfiguration: the new provider starts before the old one stops."""
        old = await self.working_provider()
        value = await self.store_canary(NAME)
        new = await self.started_provider()
        for provider in (old, new):
            self.assertValue(await self.look_up(provider, NAME), value, "with two of them")
        await self.stop_provider(old)
        self.assertValue(await self.look_up(new, NAME), value, "after the old one was stopped")
        value = await self.store_canary(NAME)
        self.assertValue(await self.look_up(new, NAME), value, "after a change")

    async def test_unused_provider_stops(self) -> None:
        """A provider that was never asked for anything stops too."""
        await self.stop_provider(await self.started_provider())

    async def test_stops_while_lookups_wait(self) -> None:
        """Stopping waits for none of them, and each ends in time."""
        provider = await self.working_provider()
        await maybeDeferred(self.hang, provider)
        lookups = [self.start_lookup(provider, NAME) for _ in range(20)]
        await self.stop_provider(provider)
        for error in await self.failures_of(lookups):
            self.assertIsInstance(error, (ProviderError, CancelledError))
