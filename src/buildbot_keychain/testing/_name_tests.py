"""The contract of canonical names: all spellings of a secret have one, and no other secret has it.

Rules about who may have a secret are applied to its canonical name. A spelling with another one
would get around them.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator
from typing import Any

from twisted.internet.defer import maybeDeferred
from twisted.trial.unittest import SkipTest
from zope.interface.verify import verifyObject

from buildbot_keychain.errors import quote
from buildbot_keychain.interfaces import ICanonicalNames
from buildbot_keychain.testing._harness import ProviderHarness
from buildbot_keychain.testing._hooks import NAME


class NameTests(ProviderHarness):
    """What `ICanonicalNames.canonical` returns."""

    async def test_a_secret_has_one_canonical_name(self) -> None:
        """Every name that returns a secret has the canonical name of that secret."""
        provider = await self._provider()
        value = await self.store_canary(NAME)
        own = await self._canonical(provider, NAME)
        for name in (*self.spellings, *self.odd_names, *_variants(NAME)):
            found = await self._canonical(provider, name)
            if name in self.spellings or await self.look_up(provider, name) == value:
                self.assertEqual(found, own, f"the canonical name of {quote(name)}")

    async def test_a_canonical_name_is_a_name_of_the_secret(self) -> None:
        """It returns the secret, and is its own canonical name."""
        provider = await self._provider()
        value = await self.store_canary(NAME)
        own = await self._canonical(provider, NAME)
        name = own or ""
        self.assertValue(await self.look_up(provider, name), value, "by its canonical name")
        self.assertEqual(await self._canonical(provider, name), own)

    async def test_other_secrets_have_other_canonical_names(self) -> None:
        """It also knows them where nothing is stored."""
        provider = await self._provider()
        own = await self._canonical(provider, NAME)
        for name in ("other", f"{NAME}2", "nobody"):
            self.assertNotIn(await self._canonical(provider, name), (own, None), name)

    async def _provider(self) -> Any:  # noqa: ANN401 - an ISecretProvider
        provider = await self.started_provider()
        if not ICanonicalNames.providedBy(provider):
            msg = "implement ICanonicalNames, or rules must spell its names as lookups do"
            raise SkipTest(msg)
        verifyObject(ICanonicalNames, provider)
        return provider

    async def _canonical(self, provider: Any, name: str) -> str | None:  # noqa: ANN401 - the same
        asked = maybeDeferred(provider.canonical, name)
        found: str | None = await self.within_timeout(asked, "a canonical name")
        if found is not None:
            self.assertIsInstance(found, str)
        return found


def _variants(name: str) -> Iterator[str]:
    yield name
    yield from (name.lower(), name.upper(), name.title(), f"{name} ", f" {name}", f"{name}.")
    yield from (unicodedata.normalize(form, name) for form in ("NFC", "NFD", "NFKC"))
    yield from (f"{name}/", f"./{name}", f"{name}/.", f"x/../{name}", f"/{name}", f"{name}//")
    yield from ("".join(f"%{byte:02x}" for byte in name.encode()), f"{name}%20", f"{name}\\")
