"""The list of files that may be on workers."""

from __future__ import annotations

import json

from twisted.internet.defer import Deferred, gatherResults
from twisted.trial.unittest import TestCase

from buildbot_keychain.buildbot.secret_files._ledger import Ledger
from buildbot_keychain.buildbot.secret_files._locations import RememberedFile, RequestedPath
from tests.support.object_state import MemoryState, master_with


class LedgerTests(TestCase):
    """`Ledger`."""

    def setUp(self) -> None:
        """Start with nothing."""
        self.state = MemoryState()
        self.ledger = Ledger(master_with(self.state))

    def location(self, name: str) -> RememberedFile:
        """Return a file."""
        return RememberedFile(RequestedPath(name, ".", ("sub", name), base="linux"), 1)

    async def test_round(self) -> None:
        """Entries come back, each worker's own, and go when they are removed."""
        await self.ledger.add("one", {"1": self.location("a")})
        await self.ledger.add("one", {"2": self.location("b")})
        await self.ledger.add("two", {"3": self.location("c")})

        again = Ledger(master_with(self.state))
        self.assertEqual(
            await again.entries("one"), {"1": self.location("a"), "2": self.location("b")}
        )
        await again.remove("one", "1")
        await again.remove("one", "unknown")

        self.assertEqual(await self.ledger.entries("one"), {"2": self.location("b")})
        self.assertEqual(await self.ledger.entries("two"), {"3": self.location("c")})
        self.assertEqual(await self.ledger.entries("three"), {})

    async def test_several_together(self) -> None:
        """They are stored in the order that they have."""
        await self.ledger.add("one", {name: self.location(name) for name in "abc"})
        self.assertEqual(list(await self.ledger.entries("one")), ["a", "b", "c"])
        await self.ledger.remove("one", "a", "c", "unknown")
        self.assertEqual(list(await self.ledger.entries("one")), ["b"])

    async def test_at_once(self) -> None:
        """None of many is lost."""
        await gatherResults(
            [
                Deferred.fromCoroutine(self.ledger.add("one", {str(n): self.location(str(n))}))
                for n in range(20)
            ]
        )

        self.assertEqual(len(await self.ledger.entries("one")), 20)

    async def test_what_is_no_entry(self) -> None:
        """It is passed over, and stays: another version may know it."""
        await self.ledger.add("one", {"1": self.location("a")})
        key = next(iter(self.state.rows))
        rows = json.loads(self.state.rows[key])
        self.state.rows[key] = json.dumps([{"id": "0", "kind": "of the future"}, "odd", *rows])

        self.assertEqual(await self.ledger.entries("one"), {"1": self.location("a")})
        await self.ledger.remove("one", "1")

        self.assertEqual(json.loads(self.state.rows[key]), [{"id": "0", "kind": "of the future"}])
