from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import sqlalchemy as sa
from twisted.internet.defer import Deferred
from twisted.trial.unittest import SynchronousTestCase

from buildbot_keychain.buildbot.state import DatabaseProblemError, PrintRow, PrintsTable
from tests.support.database_pool import DatabasePool

ROW = PrintRow(1, "cl\u00e9|user", "log", "shell", "stdio", 7, 100, 2)


class PrintsTableTests(SynchronousTestCase):
    def setUp(self) -> None:
        self.pool = DatabasePool()
        self.addCleanup(self.pool.engine.dispose)
        self.table = PrintsTable(SimpleNamespace(db=SimpleNamespace(pool=self.pool)))

    def result(self, coroutine: Any) -> Any:
        return self.successResultOf(Deferred.fromCoroutine(coroutine))

    def of(self, buildid: int, limit: int = 9) -> Any:
        return self.result(self.table.of_build(buildid, limit))

    def test_it_is_made_by_who_writes_first(self) -> None:
        self.assertEqual(self.of(1), [])
        self.result(self.table.remove_missing_builds())
        self.result(self.table.write([ROW]))
        self.assertEqual(self.of(1), [ROW])

    def test_the_same_adds_up_and_keeps_its_first_place(self) -> None:
        later = ROW._replace(log="other", line=1, first_at=200, times=3)
        other = ROW._replace(step=None, log=None, line=None, sink="property", first_at=50)
        self.result(self.table.write([ROW]))
        self.result(self.table.write([later, other, ROW._replace(buildid=2)]))
        self.assertEqual(self.of(1), [other, ROW._replace(times=5)])
        self.assertEqual(self.of(1, 1), [other])
        self.result(self.table.write([ROW._replace(buildid=3), later._replace(buildid=3)]))
        self.assertEqual(self.of(3), [ROW._replace(buildid=3, times=5)])

    def test_rows_of_many_builds_need_few_parameters_at_once(self) -> None:
        sizes: list[int] = []

        def note(
            _conn: Any, _cursor: Any, _text: Any, given: Any, _context: Any, many: Any
        ) -> None:
            sizes.extend(map(len, given if many else [given]))

        rows = [ROW._replace(buildid=1 + number, secret=f"s{number}") for number in range(1000)]
        self.result(self.table.write(rows[::3]))
        sa.event.listen(self.pool.engine, "before_cursor_execute", note)
        for _ in range(2):
            self.result(self.table.write(rows))
        self.assertLess(max(sizes), 999)
        self.assertEqual([self.of(each)[0].times for each in (1, 2, 1000)], [6, 4, 6])

    def test_those_of_the_last_builds(self) -> None:
        self.assertEqual(self.result(self.table.of_last_builds(9)), [])
        rows = [ROW._replace(buildid=build) for build in (3, 1, 2)]
        self.result(self.table.write(rows))
        found = self.result(self.table.of_last_builds(2))
        self.assertEqual([row.buildid for row in found], [3, 2])
        self.assertEqual(found[0], rows[0])

    def test_builds_that_there_are_no_more(self) -> None:
        self.result(self.table.write([ROW, ROW._replace(buildid=99)]))
        self.result(self.table.remove_missing_builds())
        self.assertEqual((self.of(1), self.of(99)), ([ROW], []))

    def test_a_database_that_fails(self) -> None:
        self.result(self.table.write([ROW]))
        self.pool.execute("DROP TABLE keychain_prints")
        failed = Deferred.fromCoroutine(self.table.of_build(1, 9))
        self.failureResultOf(failed, DatabaseProblemError)
