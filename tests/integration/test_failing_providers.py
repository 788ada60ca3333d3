"""Providers that fail during a configuration or a stop: the others work, and nothing leaks."""

from __future__ import annotations

import contextlib
from typing import Any

from buildbot.process.factory import BuildFactory
from buildbot.secrets.providers.base import SecretProviderBase
from twisted.internet.defer import Deferred

from buildbot_keychain.buildbot import MasterKeychain
from buildbot_keychain.errors import ConfigurationError
from buildbot_keychain.plugins import secrets
from tests.support.real_master import RealMaster, RealMasterTestCase

HIDDEN = "a-token-that-nobody-may-see"


class _Provider(SecretProviderBase):
    """Holds its configuration; fails or hangs if its arguments say so."""

    name = "inhouse"

    def checkConfig(self, **settings: Any) -> None:
        pass

    def reconfigService(self, fail: bool = False, hang: bool = False, **held: str) -> Any:
        if fail:
            raise ValueError(HIDDEN)
        if hang:
            return Deferred()
        self.held = held
        return None

    def get(self, entry: str) -> Any:
        assert self.running
        return self.held.get(entry)


class _Other(_Provider):
    pass


class _Unstoppable(_Provider):
    def stopService(self) -> Any:
        super().stopService()
        raise ValueError(HIDDEN)


class FailingProviderTests(RealMasterTestCase):
    protocol = "null"

    async def start(self, *providers: Any) -> RealMaster:
        master = await self.start_master(self.config(*providers))
        self.keychain = MasterKeychain.of(master.master)
        return master

    def config(self, *providers: Any) -> dict[str, Any]:
        """Return a configuration with a manager of these providers."""
        manager = secrets.SecretManager(providers=list(providers))
        return self.configuration(BuildFactory(), secretsProviders=[manager])

    async def value(self, name: str) -> str:
        return (await self.keychain.get(name)).value

    async def reconfigure(self, master: RealMaster, *providers: Any) -> None:
        """Reconfigure; errors of the configuration are expected, and must not leak."""
        with contextlib.suppress(ConfigurationError):
            await master.reconfigure(self.config(*providers))
        logged = "".join(map(str, self.flushLoggedErrors(ConfigurationError)))
        self.assertNotIn(HIDDEN, logged)

    async def test_a_provider_that_cannot_be_configured_does_not_affect_others(self) -> None:
        master = await self.start(_Provider(name="A", a="old-a"), _Provider(name="B", b="old-b"))
        self.assertEqual(await self.value("a"), "old-a")
        await self.reconfigure(
            master,
            _Other(name="A", a="new-a"),
            _Provider(name="B", fail=True),
            _Provider(c="new-c"),
        )
        self.assertEqual(await self.value("a"), "new-a")
        self.assertEqual(await self.value("b"), "old-b")
        self.assertEqual(await self.value("c"), "new-c")

    async def test_a_correct_configuration_repairs_it(self) -> None:
        master = await self.start(_Provider(name="A", a="old-a"), _Provider(name="B", b="old-b"))
        await self.reconfigure(master, _Other(name="A", a="x"), _Other(name="B", fail=True))
        await self.reconfigure(master, _Other(name="A", a="new-a"), _Other(name="B", b="new-b"))
        self.assertEqual(await self.value("a"), "new-a")
        self.assertEqual(await self.value("b"), "new-b")

    async def test_lookups_do_not_repeat_the_error(self) -> None:
        master = await self.start(_Provider(name="A", a="old-a"), _Provider(name="B"))
        master._loader.config = master._complete(
            self.config(_Provider(name="A", a="new-a"), _Provider(name="B", fail=True))
        )
        master.master.config = master._loader.loadConfig()
        for _ in range(3):
            self.assertEqual(await self.value("a"), "new-a")
        self.assertLessEqual(len(self.flushLoggedErrors(ConfigurationError)), 1)

    async def test_a_provider_that_cannot_be_stopped_is_removed(self) -> None:
        master = await self.start(_Unstoppable(name="A", a="old-a"), _Provider(name="B", b="b"))
        await self.reconfigure(master, _Provider(name="B", b="b"))
        manager = master.master.namedServices["secrets"].namedServices["SecretManager"]
        self.assertEqual([provider.name for provider in manager.services], ["B"])
        self.assertEqual(await self.value("b"), "b")

    async def test_a_cancelled_lookup_does_not_cancel_that_of_others(self) -> None:
        master = await self.start(_Provider(name="A", a="old-a"))
        master._loader.config = master._complete(self.config(_Provider(name="A", a="new-a")))
        master.master.config = master._loader.loadConfig()
        first, second = self.keychain.get("a"), self.keychain.get("a")
        first.addErrback(lambda failure: None)
        first.cancel()
        self.assertEqual((await second).value, "new-a")
