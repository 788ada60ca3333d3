"""Revoking when something is in the way: a server that is away or hangs, a memory that fails."""

from __future__ import annotations

from typing import Any

from twisted.internet import reactor as global_reactor
from twisted.internet.defer import Deferred, fail, succeed
from zope.interface import implementer

from buildbot_keychain import SecretManager
from buildbot_keychain.details import Requester
from buildbot_keychain.errors import ProviderUnavailable
from buildbot_keychain.interfaces import IScopeMemory
from buildbot_keychain.providers.vault import SecretInVault
from tests.support.openbao.proxy import Hang, Proxy
from tests.support.vault.engines_case import EnginesTestCase

BUILD = Requester("build", builder="linux", build=3, scope="build/17")
USER = "vault!database/creds/ro|username"


@implementer(IScopeMemory)
class Memory:
    """Remembers for several managers, one after the other."""

    def __init__(self) -> None:
        self.entries: dict[str, str] = {}
        self.failing = False

    def remember(self, provider: str, scope: str, key: str) -> Deferred[None]:
        if self.failing:
            return fail(RuntimeError("the database is away"))
        self.entries[key] = scope
        return succeed(None)

    def forget(self, provider: str, key: str) -> Deferred[None]:
        self.entries.pop(key, None)
        return succeed(None)

    def left_behind(self, provider: str) -> Deferred[list[tuple[str, str]]]:
        return succeed([(scope, key) for key, scope in self.entries.items()])


class RevocationTests(EnginesTestCase):
    """A provider behind a proxy, with a memory."""

    def setUp(self) -> None:
        self.memory = Memory()
        self.proxy = Proxy(self.engines.server.port)
        self.addCleanup(lambda: Deferred.fromCoroutine(self.proxy.stop()))
        self.proxy.start()

    def manager(self) -> SecretManager:
        arguments = self.engines.arguments(vault_server=self.proxy.address, timeout=3)
        provider = SecretInVault(**arguments)
        provider.use_memory(self.memory)
        return self.run_until_the_end(SecretManager(providers=[provider]))

    async def test_a_server_that_is_away_is_asked_again(self) -> None:
        manager = self.manager()
        await manager.get(USER, BUILD)
        self.assertEqual(list(self.memory.entries.values()), ["build/17"])
        await self.proxy.refuse()
        ended = manager.end_scope("build/17")
        self.assertNoResult(ended)
        self.proxy.start()
        await ended
        await self.until_revoked()
        self.assertEqual(self.memory.entries, {})

    async def test_a_server_that_hangs_holds_no_shutdown_up_and_the_next_start_revokes(
        self,
    ) -> None:
        manager = self.manager()
        await manager.get(USER, BUILD)
        self.proxy.fault = Hang()
        clock: Any = global_reactor
        began = clock.seconds()
        await manager.stopService()
        self.assertLess(clock.seconds() - began, 8.0)
        self.assertEqual(list(self.memory.entries.values()), ["build/17"])
        await self.proxy.stop()
        self.proxy = Proxy(self.engines.server.port)
        self.proxy.start()
        self.manager()
        await self.until_revoked()
        await self.until(lambda: not self.memory.entries, "it is forgotten")

    async def test_what_cannot_be_remembered_is_not_given(self) -> None:
        manager = self.manager()
        self.memory.failing = True
        error: Any = await self.assertFailure(manager.get(USER, BUILD), ProviderUnavailable)
        self.assertIn("cannot be remembered", str(error))
        self.assertEqual(len(self.flushLoggedErrors(RuntimeError)), 1)
        self.assertEqual(self.engines.made(), [])
        # Services need no memory: what they hold ends with its token.
        await manager.get(USER, Requester("service"))
        self.memory.failing = False
        await manager.end_scope("build/17")
        await manager.stopService()
        await self.until_revoked()
