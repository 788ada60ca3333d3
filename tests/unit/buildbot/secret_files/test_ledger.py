"""The list of files that may be on workers."""

from __future__ import annotations

import json
from typing import Any

from twisted.internet.defer import Deferred, gatherResults, succeed
from twisted.trial.unittest import TestCase

from buildbot_keychain.buildbot.secret_files.ledger import Ledger
from buildbot_keychain.buildbot.secret_files.places import Place


class MemoryState:
    """Buildbot's object state as far as the list uses it: JSON by name."""

    def __init__(self) -> None:
        self.rows: dict[tuple[int, str], str] = {}

    def getObjectId(self, _name: str, _class_name: str) -> Deferred[int]:
        return succeed(1)

    def atomicCreateState(self, objectid: int, name: str, create: Any) -> Deferred[Any]:
        return succeed(json.loads(self.rows.setdefault((objectid, name), json.dumps(create()))))

    def setState(self, objectid: int, name: str, value: Any) -> Deferred[None]:
        self.rows[objectid, name] = json.dumps(value)
        return succeed(None)


class LedgerTests(TestCase):
    """`Ledger`."""

    def setUp(self) -> None:
        """Start with nothing."""
        self.state = MemoryState()
        self.ledger = Ledger(self.state)

    def place(self, name: str) -> Place:
        """Give a place."""
        return Place(name, "/w", ("sub",), 0, name)

    async def test_round(self) -> None:
        """Entries come back, each worker's own, and go when they are struck out."""
        await self.ledger.add("one", "1", self.place("a"))
        await self.ledger.add("one", "2", self.place("b"))
        await self.ledger.add("two", "3", self.place("c"))

        again = Ledger(self.state)
        self.assertEqual(await again.entries("one"), {"1": self.place("a"), "2": self.place("b")})
        await again.strike("one", "1")
        await again.strike("one", "unknown")

        self.assertEqual(await self.ledger.entries("one"), {"2": self.place("b")})
        self.assertEqual(await self.ledger.entries("two"), {"3": self.place("c")})
        self.assertEqual(await self.ledger.entries("three"), {})

    async def test_at_once(self) -> None:
        """None of many is lost."""
        await gatherResults(
            [
                Deferred.fromCoroutine(self.ledger.add("one", str(n), self.place(str(n))))
                for n in range(20)
            ]
        )

        self.assertEqual(len(await self.ledger.entries("one")), 20)

    async def test_what_is_no_entry(self) -> None:
        """It is passed over, and stays: another version may know it."""
        await self.ledger.add("one", "1", self.place("a"))
        key = next(iter(self.state.rows))
        rows = json.loads(self.state.rows[key])
        self.state.rows[key] = json.dumps([{"id": "0", "kind": "of the future"}, "odd", *rows])

        self.assertEqual(await self.ledger.entries("one"), {"1": self.place("a")})
        await self.ledger.strike("one", "1")

        self.assertEqual(json.loads(self.state.rows[key]), [{"id": "0", "kind": "of the future"}])
