"""Who has asked for builds, in the master's database."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import sqlalchemy as sa
from twisted.internet.defer import Deferred
from twisted.trial.unittest import SynchronousTestCase

from buildbot_keychain.buildbot.state import (
    BuiltBefore,
    DatabaseProblemError,
    RequestRow,
    RequestsTable,
)
from tests.support.database_pool import DatabasePool

ROW = RequestRow("force", "alice@example.org", forced=True)

SOURCE_STAMPS = "CREATE TABLE buildset_sourcestamps (buildsetid INTEGER, sourcestampid INTEGER)"


class RequestsTableTests(SynchronousTestCase):
    """`RequestsTable`."""

    def setUp(self) -> None:
        self.pool = DatabasePool()
        self.addCleanup(self.pool.engine.dispose)
        self.table = self.another()

    def another(self) -> RequestsTable:
        """Return the table as another process sees it."""
        return RequestsTable(SimpleNamespace(db=SimpleNamespace(pool=self.pool)))

    def result(self, coroutine: Any) -> Any:
        return self.successResultOf(Deferred.fromCoroutine(coroutine))

    def test_rows(self) -> None:
        rows = {1: ROW, 2: RequestRow(), 3: RequestRow("try \U0001f511\ud800", "é", outside=True)}
        for bsid, row in rows.items():
            self.result(self.table.write(bsid, row))
        self.assertEqual(self.result(self.another().read([1, 2, 3, 4])), rows)
        self.assertEqual(self.result(self.another().read([])), {})

    def test_an_earlier_buildset_with_the_same_number(self) -> None:
        self.result(self.table.write(1, ROW))
        self.result(self.table.write(1, RequestRow("nightly")))
        self.assertEqual(self.result(self.table.read([1])), {1: RequestRow("nightly")})

    def test_a_row_is_removed_only_where_one_is_in_the_way(self) -> None:
        statements: list[str] = []
        self.result(self.table.write(1, ROW))
        sa.event.listen(
            self.pool.engine,
            "before_cursor_execute",
            lambda _connection, _cursor, text, *_: statements.append(text.split()[0]),
        )
        for bsid, expected in ((2, ["INSERT"]), (1, ["INSERT", "DELETE", "INSERT"])):
            statements.clear()
            self.result(self.table.write(bsid, ROW))
            self.assertEqual([each for each in statements if each != "BEGIN"], expected)

    def test_reading_does_not_make_the_table(self) -> None:
        self.assertEqual(self.result(self.table.read([1])), {})
        self.result(self.table.remove_missing())
        found = self.pool.execute("SELECT name FROM sqlite_master WHERE name LIKE 'keychain%'")
        self.assertEqual(found, [])

    def test_buildsets_that_there_are_no_more(self) -> None:
        self.pool.execute("CREATE TABLE buildsets (id INTEGER)")
        self.pool.execute("INSERT INTO buildsets VALUES (2)")
        for bsid in (1, 2, 3):
            self.result(self.table.write(bsid, ROW))
        self.result(self.another().remove_missing())
        self.assertEqual(set(self.result(self.table.read([1, 2, 3]))), {2})

    def test_what_asked_for_builds_of_a_source_stamp(self) -> None:
        self.pool.execute("CREATE TABLE buildsets (id INTEGER, parent_buildid INTEGER)")
        self.pool.execute("INSERT INTO buildsets VALUES (1, 11), (2, 12), (3, NULL), (4, 11)")
        self.pool.execute(
            "CREATE TABLE buildset_sourcestamps (buildsetid INTEGER, sourcestampid INTEGER)"
        )
        self.pool.execute(
            "INSERT INTO buildset_sourcestamps VALUES (1, 7), (2, 8), (3, 8), (3, 9), (4, 7)"
        )
        for ssids, parents in (
            ([7], {11}),
            ([8], {12}),
            ([7, 8], {11, 12}),
            ([9], set()),
            ([], set()),
        ):
            found = self.result(self.another().built_before(ssids))
            self.assertEqual(found, BuiltBefore(frozenset(parents), outside=False))
        self.result(self.table.write(2, RequestRow("nightly")))
        self.result(self.table.write(3, RequestRow("try", outside=True)))
        for ssids, outside in (([7], False), ([8], True), ([7, 9], True), ([10], False)):
            found = self.result(self.another().built_before(ssids))
            self.assertIs(found.outside, outside)
        # The patch of somebody's try says nothing of the revision that it is for.
        stamps = "sourcestamps (id INTEGER, revision TEXT, patchid INTEGER)"
        self.pool.execute(f"CREATE TABLE {stamps}")
        self.pool.execute("INSERT INTO sourcestamps VALUES (8, 'b', NULL), (9, 'a', 1)")
        self.pool.execute("INSERT INTO sourcestamps VALUES (7, 'a', NULL), (10, 'b', NULL)")
        for revision, before in (
            ("a", BuiltBefore(frozenset({11}), outside=False)),
            ("b", BuiltBefore(frozenset({12}), outside=True)),
            ("c", BuiltBefore(frozenset(), outside=False)),
        ):
            self.assertEqual(self.result(self.another().built_before([10], revision)), before)

    def test_a_database_that_is_down(self) -> None:
        self.pool.execute("CREATE TABLE keychain_requests (something_else INTEGER)")
        for doing in (self.table.write(1, ROW), self.table.read([1])):
            self.failureResultOf(Deferred.fromCoroutine(doing), DatabaseProblemError)
