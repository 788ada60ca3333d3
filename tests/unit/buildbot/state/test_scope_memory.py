"""What is remembered of tokens of builds, in the master's database."""

from __future__ import annotations

import json

from twisted.internet.defer import gatherResults
from twisted.trial.unittest import TestCase
from zope.interface.verify import verifyObject

from buildbot_keychain.buildbot.state._scope_memory import ScopeMemory
from buildbot_keychain.interfaces import IScopeMemory
from tests.support.object_state import MemoryState, master_with


class ScopeMemoryTests(TestCase):
    """`ScopeMemory`."""

    def setUp(self) -> None:
        self.state = MemoryState()

    def process(self, name: str = "master") -> ScopeMemory:
        """Return what one process of a master has."""
        return ScopeMemory(master_with(self.state, name))

    def test_it_is_what_it_says(self) -> None:
        verifyObject(IScopeMemory, self.process())

    async def test_a_process_that_is_gone_left_behind_what_it_did_not_forget(self) -> None:
        first = self.process()
        await first.remember("vault", "build/1", "a")
        await first.remember("vault", "build/2", "b")
        await first.remember("other", "build/1", "c")
        await first.forget("vault", "a")
        await first.forget("vault", "unknown")
        self.assertEqual(await first.left_behind("vault"), [])
        second = self.process()
        await second.remember("vault", "build/3", "d")
        self.assertEqual(await second.left_behind("vault"), [("build/2", "b")])
        self.assertEqual(await second.left_behind("other"), [("build/1", "c")])
        await second.forget("vault", "b")
        self.assertEqual(await second.left_behind("vault"), [])
        self.assertEqual(await self.process("another").left_behind("other"), [])

    async def test_at_once(self) -> None:
        memory = self.process()
        await gatherResults([memory.remember("v", f"build/{n}", str(n)) for n in range(9)])
        await gatherResults([memory.forget("v", str(n)) for n in range(0, 9, 2)])
        left = [key for _scope, key in await self.process().left_behind("v")]
        self.assertEqual(left, ["1", "3", "5", "7"])

    async def test_what_is_no_entry_is_passed_over(self) -> None:
        self.state.rows[1, "master"] = json.dumps([3, {"provider": "v"}, {"scope": 1}])
        memory = self.process()
        self.assertEqual(await memory.left_behind("v"), [])
        await memory.remember("v", "build/1", "a")
        self.assertEqual(await self.process().left_behind("v"), [("build/1", "a")])
