"""Base classes of providers that say of which version their secrets are, and how old.

`Describes`         has `describe`; a subclass has `description_of`
`DescribesAnswers`  is for providers that answer with a `DescribedText`
"""

from __future__ import annotations

from typing import Any

from twisted.internet.defer import Deferred, maybeDeferred
from zope.interface import implementer

from buildbot_keychain.details import DescribedText, SecretDescription
from buildbot_keychain.interfaces import IDescribes
from buildbot_keychain.providers.service import ProviderService


@implementer(IDescribes)
class Describes(ProviderService):
    """A base class of a provider that also has `canonical`."""

    canonical: Any

    def describe(self, path: str) -> Deferred[SecretDescription | None]:
        """Return what is known of a secret, and never its value."""
        return self.without_trace(path, self._describe(path))

    async def description_of(self, path: str) -> SecretDescription | None:
        """Return what `describe` returns, by any name. The service is running."""
        raise NotImplementedError

    async def _describe(self, path: str) -> SecretDescription | None:
        self.require_running(path)
        return await self.description_of(path)


class DescribesAnswers(Describes):
    """A base class of a provider that answers with a `DescribedText`.

    A description needs what a lookup needs, and no other rights; the value is dropped.
    """

    async def description_of(self, path: str) -> SecretDescription | None:
        """Look the secret up, and return what its answer says."""
        answer = await self.look_up(path)
        if answer is None:
            return None
        name = await maybeDeferred(self.canonical, path)
        if not isinstance(answer, DescribedText):
            return SecretDescription(name or path)
        return SecretDescription(name or path, answer.version, answer.created, answer.expires)
