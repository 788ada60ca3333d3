"""The contract of descriptions: they are of what the provider holds, and never have a value."""

from __future__ import annotations

from twisted.internet.defer import maybeDeferred
from zope.interface.verify import verifyObject

from buildbot_keychain.details import SecretDescription
from buildbot_keychain.interfaces import ICanonicalNames, IDescribes
from buildbot_keychain.testing._harness import ProviderHarness
from buildbot_keychain.testing._hooks import NAME


class DescriptionTests(ProviderHarness):
    """What `IDescribes.describe` returns."""

    async def test_a_description_is_of_a_secret_and_does_not_have_its_value(self) -> None:
        """It has the canonical name of the secret; what is not held is not described."""
        provider = await self.started_provider()
        if not IDescribes.providedBy(provider):  # which it need not
            return
        verifyObject(IDescribes, provider)
        value = await self.store_canary(NAME)
        described, missing = [
            await self.within_timeout(maybeDeferred(provider.describe, name), "a description")
            for name in (NAME, "nobody")
        ]
        self.assertIsInstance(described, SecretDescription)
        self.assertIsNone(missing)
        if value in repr(described):
            self.fail("a description has the value of its secret")
        name = NAME
        if ICanonicalNames.providedBy(provider):
            name = await maybeDeferred(provider.canonical, NAME)
        self.assertEqual(described.name, name)
