"""The contract on trouble: an error that says whose fault it is, in time, and tells no value."""

from __future__ import annotations

from typing import Any

from twisted.internet.defer import CancelledError, gatherResults, maybeDeferred

from buildbot_keychain.errors import DeadlineExceeded, ProviderError
from buildbot_keychain.manager import SecretManager
from buildbot_keychain.testing._harness import NAME, Next, ProviderHooks, cancelled_quietly


class FailureTests(ProviderHooks):
    """What happens where the place cannot answer, or does not."""

    async def test_trouble_is_an_error(self) -> None:
        """It is a `ProviderError`, never ``None``: that would send the manager on.

        The error names the provider and what it was asked for, and holds no value: not in its
        text, arguments, attributes, causes or contexts.
        """
        provider = await self.broken()
        error: Any = await self.failure(self.look_up(provider, NAME))
        self.assertIsInstance(error, ProviderError)
        self.assertEqual((error.provider, error.path), (provider.name, NAME))
        self.assertIn(provider.name, str(error))
        self.assertTrue(error.reason.strip(), "it gives no reason")

    async def test_trouble_ends_the_fan_out(self) -> None:
        """Under a manager, no provider behind it is asked."""
        provider = await self.broken()
        error = await self.failure(SecretManager([provider, Next()]).get(NAME))
        self.assertIsInstance(error, ProviderError)

    async def test_many_lookups_in_trouble(self) -> None:
        """Each fails in time, and none is forgotten."""
        provider = await self.broken()
        for error in await self.failures([self.look_up(provider, NAME) for _ in range(20)]):
            self.assertIsInstance(error, ProviderError)

    async def test_trouble_passes(self) -> None:
        """Once the place is as it was, the same provider answers again."""
        provider = await self.broken()
        await self.failure(self.look_up(provider, NAME))
        await maybeDeferred(self.repair_store, provider)
        value = await self.put(NAME)
        self.assertSame(await self.ask(provider, NAME), value, "after the trouble")

    async def test_a_place_that_does_not_answer_meets_a_deadline(self) -> None:
        """It is the provider's own, shorter than `operation_timeout`; the error can be retried."""
        provider = await self.hanging()
        error: Any = await self.failure(self.look_up(provider, NAME))
        self.assertIsInstance(error, DeadlineExceeded)
        self.assertEqual((error.provider, error.path), (provider.name, NAME))

    async def test_a_lookup_that_waits_can_be_cancelled(self) -> None:
        """It ends at once, whatever the place does."""
        provider = await self.hanging()
        answer = self.look_up(provider, NAME)
        answer.cancel()
        self.assertTrue(answer.called, "cancel() does not end it")
        self.assertIsInstance(await self.failure(answer), CancelledError)

    async def test_many_lookups_that_wait(self) -> None:
        """Each meets its deadline or is cancelled; none is forgotten."""
        provider = await self.hanging()
        asked = [self.look_up(provider, NAME) for _ in range(20)]
        for lookup in asked[::2]:
            cancelled_quietly(lookup)
        await self.in_time(gatherResults(asked[::2]), "10 cancelled lookups")
        for error in await self.failures(asked[1::2]):
            self.assertIsInstance(error, DeadlineExceeded)

    async def broken(self) -> Any:  # noqa: ANN401 - an ISecretProvider
        """Give a provider that has answered, and whose place is broken now."""
        provider = await self.that_has_answered()
        await maybeDeferred(self.break_store, provider)
        return provider

    async def hanging(self) -> Any:  # noqa: ANN401 - an ISecretProvider
        """Give a provider that has answered, and whose place hangs now."""
        provider = await self.that_has_answered()
        await maybeDeferred(self.hang, provider)
        return provider
