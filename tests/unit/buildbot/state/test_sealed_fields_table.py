"""What is remembered of fields that were sealed, in the master's database."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

from sqlalchemy import event
from twisted.internet.defer import Deferred
from twisted.trial.unittest import SynchronousTestCase

from buildbot_keychain.buildbot.state import DatabaseProblemError, SealedFieldsTable
from buildbot_keychain.store.sealed_values import Kept
from tests.support.database_pool import DatabasePool

PLACE = "state", "a.Service näme", "token"
NOTHING = Kept(None, None, stands=False)


class SealedFieldsTableTests(SynchronousTestCase):
    """`SealedFieldsTable`."""

    def setUp(self) -> None:
        self.pool = DatabasePool()
        self.addCleanup(self.pool.engine.dispose)
        self.pool.execute(
            "CREATE TABLE object_state (objectid INTEGER, name TEXT, value_json TEXT, "
            "UNIQUE (objectid, name))"
        )
        self.table = SealedFieldsTable(SimpleNamespace(db=SimpleNamespace(pool=self.pool)))

    def run_coroutine(self, coroutine: Any) -> Any:
        return self.successResultOf(Deferred.fromCoroutine(coroutine))

    def read(self, place: Any = PLACE, objectid: int = 7) -> Kept:
        kept: Kept = self.run_coroutine(self.table.read(place, objectid))
        return kept

    def write(self, text: str | None, before: int | None, place: Any = PLACE) -> bool:
        written: bool = self.run_coroutine(self.table.write(place, 7, text, before))
        return written

    def test_a_value_and_its_counter(self) -> None:
        self.assertEqual(self.read(), NOTHING)
        self.assertTrue(self.write("one", None))
        self.assertEqual(self.read(), Kept("one", 1, stands=True))
        self.assertTrue(self.write("two", 1))
        self.assertEqual(self.read(), Kept("two", 2, stands=True))
        self.assertTrue(self.write(None, 2))
        self.assertEqual(self.read(), Kept(None, 3, stands=False))
        self.assertEqual(self.read(objectid=8), Kept(None, 3, stands=False))
        self.assertEqual(self.read(("state", "a.Service näme", "other")), NOTHING)

    def test_a_value_and_its_counter_are_read_at_once(self) -> None:
        """Of two statements, each may see another state of the database."""
        self.write("one", None)
        statements: list[str] = []
        event.listen(
            self.pool.engine,
            "before_cursor_execute",
            lambda _connection, _cursor, statement, *_rest: statements.append(statement),
        )
        self.assertEqual(self.read(), Kept("one", 1, stands=True))
        (statement,) = statements
        self.assertIn("object_state", statement)
        self.assertIn("keychain_sealed_fields", statement)

    def test_of_two_who_write_at_once_one_does(self) -> None:
        self.assertEqual([self.write("one", None), self.write("two", None)], [True, False])
        self.assertEqual([self.write("three", 1), self.write("four", 1)], [True, False])
        self.assertEqual(self.read(), Kept("three", 2, stands=True))

    def test_both_are_written_or_neither(self) -> None:
        self.assertTrue(self.write("one", None))
        self.pool.execute(
            "CREATE TRIGGER full BEFORE INSERT ON object_state "
            "BEGIN SELECT RAISE(ABORT, 'full'); END"
        )
        self.assertFalse(self.write("two", 1))
        self.assertEqual(self.read(), Kept("one", 1, stands=True))

    def test_what_stood_there_before(self) -> None:
        self.pool.execute("""INSERT INTO object_state VALUES (7, 'token', '"plain"')""")
        self.assertEqual(self.read(), Kept("plain", None, stands=False))
        self.assertTrue(self.write("sealed", None))
        self.assertEqual(self.read(), Kept("sealed", 1, stands=True))

    def test_fields_that_are_kept_elsewhere(self) -> None:
        self.assertEqual(self.run_coroutine(self.table.fields_of("file", "owner")), set())
        for place in (("file", "owner", "a"), ("file", "owner", "a"), ("file", "Owner", "b")):
            self.run_coroutine(self.table.record(place))
        self.write("one", None, ("state", "owner", "c"))
        self.assertEqual(self.run_coroutine(self.table.fields_of("file", "owner")), {"a"})

    def test_a_database_that_is_down(self) -> None:
        self.pool.execute("CREATE TABLE keychain_sealed_fields (x INTEGER)")
        for doing in (
            self.table.fields_of("file", "owner"),
            self.table.record(PLACE),
            self.table.read(PLACE, 7),
            self.table.write(PLACE, 7, "text", 1),
        ):
            self.failureResultOf(Deferred.fromCoroutine(doing), DatabaseProblemError)
