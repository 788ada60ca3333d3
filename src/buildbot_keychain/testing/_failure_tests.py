"""The contract of a failure: an error in time that says whose fault it is and holds no value."""

from __future__ import annotations

from typing import Any

from twisted.internet.defer import CancelledError, gatherResults, maybeDeferred

from buildbot_keychain.errors import (
    DeadlineExceeded,
    ProviderError,
    ProviderUnavailable,
    is_safe_summary,
)
from buildbot_keychain.manager import SecretManager
from buildbot_keychain.testing._harness import FallbackProvider, ProviderHarness, cancel_quietly
from buildbot_keychain.testing._hooks import NAME


class FailureTests(ProviderHarness):
    """What a lookup does when the store is broken or does not answer."""

    async def test_failure_is_a_provider_error(self) -> None:
        """It is a `ProviderError`, never ``None``, which would make the manager ask the next one.

        The error names the provider and what was looked up, and holds no value: not in its text,
        arguments, attributes, causes or contexts.
        """
        provider = await self.broken_provider()
        error: Any = await self.failure_of(self.start_lookup(provider, NAME))
        self.assertIsInstance(error, ProviderError)
        self.assertEqual((error.provider, error.path), (provider.name, NAME))
        self.assertIn(provider.name, str(error))
        self.assertExplains(error)

    async def test_unreachable_server_is_unavailable(self) -> None:
        """A lookup at a server that does not listen ends with `ProviderUnavailable`, in time."""
        provider = await self.started_provider(self.make_unreachable_provider)
        error: Any = await self.failure_of(self.start_lookup(provider, NAME))
        self.assertIsInstance(error, ProviderUnavailable)
        self.assertEqual((error.provider, error.path), (provider.name, NAME))
        self.assertExplains(error)

    async def test_failure_ends_the_lookup_of_a_manager(self) -> None:
        """The manager asks no further provider."""
        provider = await self.broken_provider()
        error = await self.failure_of(SecretManager([provider, FallbackProvider()]).get(NAME))
        self.assertIsInstance(error, ProviderError)

    async def test_concurrent_lookups_all_fail(self) -> None:
        """Each fails in time."""
        provider = await self.broken_provider()
        lookups = [self.start_lookup(provider, NAME) for _ in range(20)]
        for error in await self.failures_of(lookups):
            self.assertIsInstance(error, ProviderError)

    async def test_answers_again_after_a_repair(self) -> None:
        """Once the store is repaired, the same provider answers again."""
        provider = await self.broken_provider()
        await self.failure_of(self.start_lookup(provider, NAME))
        await maybeDeferred(self.repair_store, provider)
        value = await self.store_canary(NAME)
        self.assertValue(await self.look_up(provider, NAME), value, "after the repair")

    async def test_lookup_of_a_hanging_store_has_a_deadline(self) -> None:
        """It ends by the provider's own deadline, within `operation_timeout`; it can be retried."""
        provider = await self.hanging_provider()
        error: Any = await self.failure_of(self.start_lookup(provider, NAME))
        self.assertIsInstance(error, DeadlineExceeded)
        self.assertEqual((error.provider, error.path), (provider.name, NAME))

    async def test_waiting_lookup_can_be_cancelled(self) -> None:
        """It ends at once, whatever the store does."""
        provider = await self.hanging_provider()
        lookup = self.start_lookup(provider, NAME)
        lookup.cancel()
        self.assertTrue(lookup.called, "cancel() does not end it")
        self.assertIsInstance(await self.failure_of(lookup), CancelledError)

    async def test_concurrent_waiting_lookups_all_end(self) -> None:
        """Each ends by its deadline or by being cancelled."""
        provider = await self.hanging_provider()
        lookups = [self.start_lookup(provider, NAME) for _ in range(20)]
        for lookup in lookups[::2]:
            cancel_quietly(lookup)
        await self.within_timeout(gatherResults(lookups[::2]), "10 cancelled lookups")
        for error in await self.failures_of(lookups[1::2]):
            self.assertIsInstance(error, DeadlineExceeded)

    def assertExplains(self, error: ProviderError) -> None:
        """Fail if `error` has no reason, or stands for an error that the provider let through."""
        self.assertTrue(error.reason.strip(), "it gives no reason")
        if is_safe_summary(error.reason):
            self.fail(f"raise a ProviderError that says what is wrong; now {error.reason}")

    async def broken_provider(self) -> Any:  # noqa: ANN401 - an ISecretProvider
        """Return a provider that has answered, and whose store is broken now."""
        provider = await self.working_provider()
        await maybeDeferred(self.break_store, provider)
        return provider

    async def hanging_provider(self) -> Any:  # noqa: ANN401 - an ISecretProvider
        """Return a provider that has answered, and whose store hangs now."""
        provider = await self.working_provider()
        await maybeDeferred(self.hang, provider)
        return provider
