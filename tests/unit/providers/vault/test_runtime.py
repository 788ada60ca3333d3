"""What there is from a start to a stop."""

from __future__ import annotations

import gc
from typing import Any

from twisted.internet import reactor
from twisted.internet.defer import Deferred, succeed
from twisted.trial.unittest import TestCase
from zope.interface import implementer

from buildbot_keychain.interfaces import IScopeMemory
from buildbot_keychain.providers.vault import SecretInVault
from buildbot_keychain.providers.vault._runtime import VaultRuntime
from buildbot_keychain.rendering import Secret


@implementer(IScopeMemory)
class Memory:
    """Counts how often it is asked."""

    asked = 0

    def __init__(self) -> None:
        self.left: Deferred[list[tuple[str, str]]] = succeed([])

    def remember(self, provider: str, scope: str, key: str) -> Deferred[None]:
        return succeed(None)

    def forget(self, provider: str, key: str) -> Deferred[None]:
        return succeed(None)

    def left_behind(self, provider: str) -> Deferred[list[tuple[str, str]]]:
        self.asked += 1
        return self.left


class RuntimeTests(TestCase):
    """`VaultRuntime`."""

    def runtime(self, memory: Any) -> VaultRuntime:
        provider = SecretInVault("https://127.0.0.1:9", "s.token")
        return VaultRuntime(provider.configuration, "vault", succeed, memory, reactor)

    async def test_it_looks_for_what_was_left_behind_when_it_starts(self) -> None:
        memory = Memory()
        runtime = self.runtime(memory)
        self.assertEqual(memory.asked, 0)
        runtime.start()
        self.assertEqual(memory.asked, 1)
        await runtime.stop()

    async def test_a_stop_ends_the_search_for_what_was_left_behind(self) -> None:
        memory = Memory()
        memory.left = Deferred()
        runtime = self.runtime(memory)
        runtime.start()
        await runtime.stop()
        self.assertTrue(memory.left.called)
        gc.collect()
        self.assertEqual(self.flushLoggedErrors(), [])

    async def test_a_stop_ends_the_login_that_a_revocation_waits_for(self) -> None:
        memory, rendering = Memory(), Deferred[Any]()
        memory.left = succeed([("build/1", "a1"), ("build/2", "a2")])
        provider = SecretInVault("https://127.0.0.1:9", Secret("file!token"))
        asked: Deferred[None] = Deferred()
        clock: Any = reactor

        def render(_: object) -> Deferred[Any]:
            clock.callLater(0, asked.callback, None)
            return rendering

        runtime = VaultRuntime(provider.configuration, "vault", render, memory, reactor)
        runtime.start()
        await asked
        await runtime.stop()
        gc.collect()
        self.assertEqual(self.flushLoggedErrors(), [])

    async def test_without_a_memory_and_lookups_it_leaves_nothing(self) -> None:
        runtime = self.runtime(None)
        runtime.start()
        self.assertFalse(runtime.servers.is_ready)
        await runtime.stop()
