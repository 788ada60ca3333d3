from __future__ import annotations

from collections.abc import Callable

from twisted.internet.defer import Deferred
from twisted.trial.unittest import SynchronousTestCase

from buildbot_keychain import deferreds
from buildbot_keychain.buildbot.builds import _waiting_rows as module
from buildbot_keychain.buildbot.builds._waiting_rows import WaitingRows

Row = tuple[str, int]


class WaitingRowsTests(SynchronousTestCase):
    def setUp(self) -> None:
        self.is_ready, self.fails = True, False
        self.waiting: Deferred[None] | None = None
        self.written: list[list[Row]] = []
        self.redacted: list[Row] = []
        self.rows: WaitingRows[Row] = WaitingRows(
            "it fails: {problem}",
            lambda: self.is_ready,
            redact=self.redact,
            write=self.write,
            remove=self.write_nothing,
            key_of=lambda row: row[0],
            sum_of=lambda before, row: (before[0], before[1] + row[1]),
        )

    def redact(self, row: Row) -> Row:
        self.redacted.append(row)
        return row

    async def write(self, rows: list[Row]) -> None:
        waiting, self.waiting = self.waiting, None
        if waiting is not None:
            await waiting
        if self.fails:
            raise ValueError
        self.written.append(rows)

    async def write_nothing(self) -> None:
        await self.write([])

    def test_rows_of_one_key_are_added_up_while_a_write_is_under_way(self) -> None:
        waiting = self.waiting = Deferred[None]()
        for row in (("a", 1), ("b", 1), ("b", 2), ("c", 1)):
            self.rows.add(row)
        waiting.callback(None)
        self.assertEqual(self.written, [[("a", 1)], [("b", 3), ("c", 1)]])

    def test_what_was_not_written_stays_in_front_of_what_came_since(self) -> None:
        """So that nothing that is newer takes its place."""
        self.patch(module, "MOST", 2)
        waiting = self.waiting = Deferred[None]()
        self.fails = True
        for row in (("a", 1), ("b", 1), ("c", 1)):
            self.rows.add(row)
        waiting.callback(None)
        self.fails = False
        self.successResultOf(self.rows.flush())
        self.assertEqual(self.written, [[("a", 1), ("b", 1)]])

    def test_each_is_redacted_once(self) -> None:
        """Of 10,000 that cannot be written, to do so with each attempt would stop the reactor."""
        self.fails = True
        for name in "abc":
            self.rows.add((name, 1))
        self.fails = False
        self.rows.add(("a", 2))
        self.assertEqual(self.written, [[("a", 3), ("b", 1), ("c", 1)]])
        self.assertEqual(self.redacted, [("a", 1), ("b", 1), ("c", 1), ("a", 2)])

    def test_thousands_are_redacted_a_few_at_a_time(self) -> None:
        """The rest of a master goes on meanwhile, and what comes then is not lost."""
        self.patch(deferreds, "SLICE", 0)
        soon: list[Callable[[], object]] = []
        self.rows._soon = soon.append
        self.is_ready = False
        for number in range(120):
            self.rows.add((f"s{number}", 1))
        self.is_ready = True
        flushed = self.rows.flush()
        self.assertEqual(len(self.redacted), 50)
        self.rows.add(("s0", 1))
        self.rows.add(("new", 1))
        while soon:
            self.assertNoResult(flushed)
            soon.pop()()
        self.successResultOf(flushed)
        self.assertEqual([len(rows) for rows in self.written], [120, 2])
        self.assertEqual(self.written[1], [("s0", 1), ("new", 1)])

    def test_without_a_database(self) -> None:
        self.is_ready = False
        self.rows.add(("a", 1))
        self.successResultOf(self.rows.flush())
        self.assertEqual(self.written, [])
        self.is_ready = True
        self.successResultOf(self.rows.flush())
        self.assertEqual(self.written, [[("a", 1)]])

    def test_what_is_no_longer_needed_is_removed(self) -> None:
        self.successResultOf(self.rows.clean_up())
        self.fails = True
        self.successResultOf(self.rows.clean_up())  # and never fails
        self.assertEqual(self.written, [[]])
