"""The contract on configuration: what is wrong is told before anything is asked for."""

from __future__ import annotations

from twisted.internet.defer import maybeDeferred
from twisted.trial.unittest import SkipTest

from buildbot_keychain.errors import ConfigurationError
from buildbot_keychain.testing._harness import NAME, ProviderHooks


class ConfigurationTests(ProviderHooks):
    """What is seen when a configuration is checked."""

    async def test_wrong_arguments_are_refused(self) -> None:
        """With a `ConfigurationError` that says more than the type of the error."""
        for make in self.wrong_arguments():
            error = self.assertRaises(ConfigurationError, make)
            self.assertTrue(str(error).strip(), "it gives no reason")

    async def test_a_good_place_gives_no_complaints(self) -> None:
        """Where it can check its place, it finds a good one good, and shows no value.

        What it has to say of a broken one is up to it, as long as it shows no value either.
        """
        provider = await self.started()
        if not hasattr(provider, "check_config"):
            raise SkipTest("it has no check_config()")
        await self.put(NAME)
        self.assertEqual(list(provider.check_config()), [])
        await maybeDeferred(self.break_store, provider)
        self.assertFalse(self.watch.shows("\n".join(provider.check_config())), "it shows a value")
