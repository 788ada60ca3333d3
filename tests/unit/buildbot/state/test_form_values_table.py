"""What was typed into forms, sealed, in the master's database."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

from sqlalchemy import event
from twisted.internet.defer import Deferred
from twisted.trial.unittest import SynchronousTestCase

from buildbot_keychain.buildbot.state import DatabaseProblemError, FormValuesTable
from tests.support.database_pool import DatabasePool

KEY, OTHER = "a" * 32, "b" * 32

_BUILDSETS = (
    "CREATE TABLE buildsets (id INTEGER, complete INTEGER, parent_buildid INTEGER, reason TEXT,"
    " rebuilt_buildid INTEGER)"
)


class FormValuesTableTests(SynchronousTestCase):
    """`FormValuesTable`; there is a buildset 7, whose build 3 has triggered 8, whose 4 has 9."""

    def setUp(self) -> None:
        self.pool = DatabasePool()
        self.addCleanup(self.pool.engine.dispose)
        for statement in (
            "DROP TABLE builds",
            "CREATE TABLE builds (id INTEGER, buildrequestid INTEGER)",
            "CREATE TABLE buildrequests (id INTEGER, buildsetid INTEGER)",
            _BUILDSETS,
            "INSERT INTO buildsets VALUES (7, 1, NULL, '', NULL)",
            "INSERT INTO buildsets VALUES (8, 1, 3, '', NULL), (9, 1, 4, '', NULL)",
            "INSERT INTO buildrequests VALUES (70, 7), (71, 7), (80, 8), (90, 9)",
            "INSERT INTO builds VALUES (2, 70), (3, 71), (4, 80), (5, 90)",
        ):
            self.pool.execute(statement)
        self.table = self.another()

    def another(self) -> FormValuesTable:
        """Return the table as another master sees it."""
        return FormValuesTable(SimpleNamespace(db=SimpleNamespace(pool=self.pool)))

    def run_coroutine(self, coroutine: Any) -> Any:
        return self.successResultOf(Deferred.fromCoroutine(coroutine))

    def write(self, key: str = KEY, written_at: int = 1_000) -> None:
        self.run_coroutine(self.table.write({key: b"box"}, written_at))

    def read(self, key: str, bsid: int) -> Any:
        return self.run_coroutine(self.another().read(key, bsid))

    def remove_done(self, written_before: int = 0) -> Any:
        return self.run_coroutine(self.another().remove_done(written_before))

    def keys(self) -> list[str]:
        return [key for (key,) in self.pool.execute("SELECT id FROM keychain_form_values")]

    def test_a_row_belongs_to_its_buildset(self) -> None:
        self.assertIsNone(self.read(KEY, 7))
        self.write()
        self.run_coroutine(self.table.bind([KEY], 7))
        self.run_coroutine(self.table.bind([KEY], 8))
        self.assertEqual((self.read(KEY, 7), self.read(KEY, 8)), (b"box", None))

    def test_a_row_that_was_not_bound(self) -> None:
        """Of a master that stopped at once: it belongs to whoever reads it first."""
        self.write()
        self.assertEqual((self.read(KEY, 7), self.read(KEY, 8)), (b"box", None))

    def test_it_goes_when_all_are_complete(self) -> None:
        self.write()
        self.run_coroutine(self.table.bind([KEY], 7))
        for bsid in (7, 8, 9):
            self.pool.execute(f"UPDATE buildsets SET complete = 0 WHERE id = {bsid}")
            self.assertEqual(self.remove_done(), {KEY})
            self.assertEqual(self.keys(), [KEY])
            self.pool.execute("UPDATE buildsets SET complete = 1")
        self.assertFalse(self.remove_done())
        self.assertEqual(self.keys(), [])

    def test_a_rebuild_and_a_stranger_do_not_keep_it(self) -> None:
        self.pool.execute("INSERT INTO buildsets VALUES (10, 0, NULL, '', NULL)")
        for mark in ("reason = 'rebuild'", "reason = 'again', rebuilt_buildid = 4"):
            self.pool.execute(f"UPDATE buildsets SET complete = 0, {mark} WHERE id = 9")
            self.write()
            self.run_coroutine(self.table.bind([KEY], 7))
            self.assertFalse(self.remove_done())

    def test_what_waits_is_found_with_one_statement(self) -> None:
        for number in range(30):
            bsid = 100 + number
            self.pool.execute(f"INSERT INTO buildsets VALUES ({bsid}, 0, NULL, '', NULL)")
            self.write(f"{number:032}")
            self.run_coroutine(self.table.bind([f"{number:032}"], bsid))
        selected: list[str] = []
        event.listen(
            self.pool.engine,
            "before_cursor_execute",
            lambda _connection, _cursor, statement, *_rest: (
                selected.append(statement) if "buildsets" in statement else None
            ),
        )
        self.assertEqual(len(self.remove_done()), 30)
        self.assertEqual(len(selected), 1)

    def test_what_was_written_for_no_buildset_is_removed(self) -> None:
        self.write()
        self.run_coroutine(self.table.remove([KEY, OTHER]))
        self.assertEqual(self.keys(), [])

    def test_of_a_buildset_that_has_gone(self) -> None:
        self.write()
        self.run_coroutine(self.table.bind([KEY], 70))
        self.assertFalse(self.remove_done())

    def test_a_row_without_a_buildset_goes_after_a_time(self) -> None:
        self.write(KEY, 1_000)
        self.write(OTHER, 1_001)
        self.assertEqual(self.remove_done(1_001), {OTHER})
        self.assertEqual(self.keys(), [OTHER])

    def test_reading_does_not_make_the_table(self) -> None:
        self.assertFalse(self.remove_done())
        query = "SELECT name FROM sqlite_master WHERE name LIKE 'keychain%'"
        self.assertEqual(self.pool.execute(query), [])

    def test_a_database_that_is_down(self) -> None:
        self.pool.execute("CREATE TABLE keychain_form_values (x INTEGER)")
        for doing in (
            self.table.write({KEY: b""}, 1),
            self.table.bind([KEY], 1),
            self.table.read(KEY, 1),
            self.table.remove_done(1),
            self.table.remove([KEY]),
        ):
            self.failureResultOf(Deferred.fromCoroutine(doing), DatabaseProblemError)
