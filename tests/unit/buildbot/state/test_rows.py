"""Lists of rows in Buildbot's object state."""

from __future__ import annotations

import json

from twisted.internet.defer import Deferred, gatherResults
from twisted.trial.unittest import TestCase

from buildbot_keychain.buildbot.state._rows import StateRows
from tests.support.object_state import OBJECT_ID, MemoryState, master_with


class StateRowsTests(TestCase):
    """`StateRows`."""

    def setUp(self) -> None:
        self.state = MemoryState()
        self.rows = StateRows(master_with(self.state), ("name", "class"))

    async def test_rows_come_and_go(self) -> None:
        self.assertEqual(await self.rows.read("k"), [])
        await self.rows.add("k", {"n": 1})
        await self.rows.add("k", {"n": 2})
        await self.rows.add("other", {"n": 3})
        self.assertEqual(await self.rows.read("k"), [{"n": 1}, {"n": 2}])
        await self.rows.remove("k", lambda row: row["n"] == 1)
        await self.rows.remove("k", lambda row: row["n"] == 7)
        self.assertEqual(await self.rows.read("k"), [{"n": 2}])
        self.assertEqual(await self.rows.read("other"), [{"n": 3}])

    async def test_several_are_added_together(self) -> None:
        await self.rows.add("k", {"n": 1})
        change = Deferred.fromCoroutine(self.rows.add("k", {"n": 2}, {"n": 3}))
        self.assertIsNone(self.successResultOf(change))
        self.assertEqual(await self.rows.read("k"), [{"n": 1}, {"n": 2}, {"n": 3}])

    async def test_what_others_have_written_is_seen(self) -> None:
        await self.rows.add("k", {"n": 1})
        other = StateRows(master_with(self.state), ("name", "class"))
        await other.add("k", {"n": 2})
        self.assertEqual(await self.rows.read("k"), [{"n": 1}, {"n": 2}])

    async def test_changes_at_once_are_made_one_by_one(self) -> None:
        """Also when the database takes its time to answer the first."""
        slow = self.state.wait = Deferred()
        changes = [
            Deferred.fromCoroutine(self.rows.add("k", {"n": 1})),
            Deferred.fromCoroutine(self.rows.add("k", {"n": 2})),
            Deferred.fromCoroutine(self.rows.remove("k", lambda row: row["n"] == 1)),
        ]
        self.assertEqual(self.state.rows, {})
        self.state.wait = None
        slow.callback(None)
        await gatherResults(changes)
        self.assertEqual(await self.rows.read("k"), [{"n": 2}])

    async def test_what_is_no_row_is_skipped(self) -> None:
        self.state.rows[OBJECT_ID, "k"] = json.dumps([3, "odd", {"n": 1}])
        self.assertEqual(await self.rows.read("k"), [{"n": 1}])
