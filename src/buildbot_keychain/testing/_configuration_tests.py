"""The contract of configuration: what is wrong is reported before the first lookup."""

from __future__ import annotations

from twisted.internet.defer import maybeDeferred
from twisted.trial.unittest import SkipTest

from buildbot_keychain.errors import ConfigurationError
from buildbot_keychain.testing._harness import ProviderHarness
from buildbot_keychain.testing._hooks import NAME


class ConfigurationTests(ProviderHarness):
    """What a provider does with its arguments and with a check of the configuration."""

    async def test_rejects_wrong_arguments(self) -> None:
        """With a `ConfigurationError` that says what is wrong."""
        for make in self.wrong_arguments():
            error = self.assertRaises(ConfigurationError, make)
            self.assertTrue(str(error).strip(), "it gives no reason")

    async def test_check_config_accepts_a_working_store(self) -> None:
        """It reports no problem where there is none, and shows no value.

        What it reports about a broken store is up to it, as long as it shows no value either.
        """
        provider = await self.started_provider()
        if not hasattr(provider, "check_config"):
            raise SkipTest("it has no check_config()")
        await self.store_canary(NAME)
        self.assertEqual(list(provider.check_config()), [])
        await maybeDeferred(self.break_store, provider)
        leaked = self.leak_detector.is_leaked_by("\n".join(provider.check_config()))
        self.assertFalse(leaked, "check_config() shows a value")
