"""Buildbot's own provider of files under our manager answers as the contract wants.

It reads its files when it is configured, so that a change is seen after that. Buildbot's others do
not keep the contract: `SecretInPass` takes every failure for an absence, and
`HashiCorpVaultKvSecretProvider` fails for names that it does not understand.
"""

from __future__ import annotations

from typing import Any

from buildbot.secrets.providers.file import SecretInAFile
from twisted.application.service import Service
from twisted.internet.defer import Deferred
from zope.interface import implementer

from buildbot_keychain import SecretManager
from buildbot_keychain.errors import InvalidName, SecretNotFound
from buildbot_keychain.interfaces import ISecretProvider
from buildbot_keychain.testing import LookupTests
from tests.support.directories import FileTestCase


@implementer(ISecretProvider)
class UnderManager(Service):
    """A manager of one provider, as a provider."""

    def __init__(self, provider: Any) -> None:
        self.name = provider.name
        self._manager = SecretManager([provider])

    def get(self, path: str) -> Deferred[str | None]:
        return Deferred.fromCoroutine(self._get(path))

    async def _get(self, path: str) -> str | None:
        try:
            return (await self._manager.get(f"{self.name}!{path}")).value
        except (InvalidName, SecretNotFound):
            return None


class SecretInAFileTests(LookupTests, FileTestCase):
    def make_provider(self) -> UnderManager:
        self.theirs = SecretInAFile(str(self.dir))
        self.configure()
        return UnderManager(self.theirs)

    def configure(self) -> None:
        self.theirs.reconfigService(str(self.dir))

    def store(self, name: str, value: str) -> None:
        self.write(name, value)
        self.configure()

    def remove(self, name: str) -> None:
        (self.dir / name).unlink()
        self.configure()

    def can_hold(self, value: str) -> bool:
        # It reads with universal newlines, and the manager takes an empty value for a mistake.
        return "\r" not in value and bool(value.strip())
