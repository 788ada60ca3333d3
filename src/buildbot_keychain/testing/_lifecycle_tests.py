"""The contract on starting and stopping: nothing is left, and who asks too late is told so."""

from __future__ import annotations

from typing import Any

from twisted.internet.defer import CancelledError, gatherResults, maybeDeferred

from buildbot_keychain.errors import ProviderError, ProviderUnavailable
from buildbot_keychain.testing._harness import NAME, ProviderHooks
from buildbot_keychain.testing._resource_leaks import processes, threads


class LifecycleTests(ProviderHooks):
    """What a provider is before, between and after."""

    async def test_it_leaves_nothing_behind(self) -> None:
        """After it has stopped, none of its threads and processes is there."""
        before = threads() | processes()
        provider = await self.that_has_answered()
        asked = [self.look_up(provider, NAME) for _ in range(20)]
        await self.in_time(gatherResults(asked, consumeErrors=True), "20 lookups")
        await self.stop(provider)
        await self.eventually(
            lambda: not (threads() | processes()) - before,
            "it has left threads or processes behind",
        )

    async def test_a_stopped_one_is_unavailable(self) -> None:
        """Asked too late, it fails at once, with an error that says so and can be retried."""
        provider = await self.that_has_answered()
        await self.stop(provider)
        error: Any = await self.failure(self.look_up(provider, NAME))
        self.assertIsInstance(error, ProviderUnavailable)
        self.assertIn("stopped", str(error))

    async def test_it_can_be_started_again(self) -> None:
        """And answers as before."""
        provider = await self.that_has_answered()
        for _ in range(2):
            await self.stop(provider)
            await maybeDeferred(provider.startService)
            value = await self.put(NAME)
            self.assertSame(await self.ask(provider, NAME), value, "after it was started again")

    async def test_a_second_one_takes_over(self) -> None:
        """As at a reconfiguration: the new one starts before the old one stops."""
        old = await self.that_has_answered()
        value = await self.put(NAME)
        new = await self.started()
        for provider in (old, new):
            self.assertSame(await self.ask(provider, NAME), value, "with two of them")
        await self.stop(old)
        self.assertSame(await self.ask(new, NAME), value, "after the first one was stopped")
        value = await self.put(NAME)
        self.assertSame(await self.ask(new, NAME), value, "after a change")

    async def test_one_that_was_never_used_stops(self) -> None:
        """A provider that nobody asked anything."""
        await self.stop(await self.started())

    async def test_it_stops_while_lookups_wait(self) -> None:
        """It waits for none of them, and each ends in time."""
        provider = await self.that_has_answered()
        await maybeDeferred(self.hang, provider)
        asked = [self.look_up(provider, NAME) for _ in range(20)]
        await self.stop(provider)
        for error in await self.failures(asked):
            self.assertIsInstance(error, (ProviderError, CancelledError))
