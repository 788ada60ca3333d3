"""Who asked for which secret, as pages read it."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import sqlalchemy as sa
from twisted.internet.defer import Deferred
from twisted.trial.unittest import SynchronousTestCase

from buildbot_keychain.buildbot.state import (
    DatabaseProblemError,
    UseRow,
    UsesReader,
    UsesTable,
)
from buildbot_keychain.buildbot.state import _uses_reader as module
from buildbot_keychain.details import Requester
from buildbot_keychain.uses import ALLOWED, DENIED, Use
from tests.support.database_pool import DatabasePool


class UsesReaderTests(SynchronousTestCase):
    def setUp(self) -> None:
        self.pool = DatabasePool()
        self.addCleanup(self.pool.engine.dispose)
        self.pool.add_builders("deploy")
        master = SimpleNamespace(db=SimpleNamespace(pool=self.pool))
        self.table, self.reader = UsesTable(master), UsesReader(master)

    def result(self, coroutine: Any) -> Any:
        return self.successResultOf(Deferred.fromCoroutine(coroutine))

    def use(
        self, name: str, at: int, build: int | None = None, outcome: str = ALLOWED, who: str = "b"
    ) -> None:
        requester = Requester("build", builder=who)
        row = UseRow(build, Use(name, requester, outcome, "why").stored(), at, at)
        self.result(self.table.write([row]))

    def test_what_is_called_so_with_any_field_version_or_parameter(self) -> None:
        for at, name in enumerate(
            ("a/b", "a/b|user", "a/b@3", "a/b?x=1", "v!a/b", "a/bc", "a", "A/B", "w!a/b", 'a/b"')
        ):
            self.use(name, at)
        found = self.result(self.reader.of_names(["a/b", "v!a/b"], 9))
        names = [row.use.name for row in found]
        self.assertEqual(names, ["v!a/b", "a/b?x=1", "a/b@3", "a/b|user", "a/b"])
        self.assertEqual((found[0].first_at, found[0].last_at, found[0].times), (4, 4, 1))
        self.assertEqual(len(self.result(self.reader.of_names(["a/b", "v!a/b"], 2))), 2)

    def test_names_that_sql_or_json_could_take_for_something_else(self) -> None:
        for name in ("%", "_", "'", '"', "\\", "\u00e9", "\n", "/%"):
            self.use(name, 1)
            found = self.result(self.reader.of_names([name], 9))
            self.assertEqual([row.use.name for row in found], [name])

    def test_what_was_refused(self) -> None:
        self.use("a", 1)
        self.use("b", 2, outcome=DENIED)
        self.use("c", 3, outcome=DENIED)
        self.use("d", 4, who=f'"outcome":"{DENIED}"')
        found = self.result(self.reader.refused([DENIED], 9))
        self.assertEqual([row.use.name for row in found], ["c", "b"])

    def test_briefly(self) -> None:
        self.use("a|user", 3, who="deploy")
        self.use("b", 5, outcome=DENIED)
        every = self.result(self.reader.since(0, "", 9))
        self.assertEqual(
            [each[1:] for each in every],
            [("a|user", "deploy", True, 3, 3), ("b", "b", False, 5, 5)],
        )
        self.assertEqual(self.result(self.reader.since(0, "", 1)), every[:1])
        self.assertEqual(self.result(self.reader.since(4, "", 9)), every[1:])

    def test_those_of_one_second_are_told_apart(self) -> None:
        for name in "abcde":
            self.use(name, 3)
        self.use("f", 4)
        found, last_at, behind = [], 0, ""
        while some := self.result(self.reader.since(last_at, behind, 2)):
            found += [each.name for each in some]
            last_at, behind = some[-1].last_at, some[-1].id
        self.assertEqual((sorted(found), found[-1]), (list("abcdef"), "f"))
        self.assertEqual(len(self.result(self.reader.since(3, "", 9))), 6)

    def test_what_was_refused_is_looked_for_among_the_newest(self) -> None:
        self.patch(module, "_NEWEST", 2)
        for at, name in enumerate("abc"):
            self.use(name, at, outcome=DENIED)
        self.use("d", 3)
        (found,) = self.result(self.reader.refused([DENIED], 9))
        self.assertEqual(found.use.name, "c")

    def test_builds(self) -> None:
        for buildid, number in ((1, 11), (2, 12), (3, 13)):
            self.pool.execute(f"INSERT INTO builds VALUES ({buildid}, {number}, 1)")
            self.use("a", buildid * 10, buildid)
        self.use("b", 50, 3)
        self.use("a", 60, 4)  # of which there is no build any more
        found = self.result(self.reader.of_builds(["a"], 2))
        self.assertEqual(
            [row[1:] for row in found], [(30, 3, 1, "deploy", 13), (20, 2, 1, "deploy", 12)]
        )
        self.assertEqual(found[0].use.name, "a")

    def test_rows_of_a_secret_are_found_by_an_index(self) -> None:
        """Also by one that is longer than what is in the index."""
        for name in ("team/a", "team/ab", "team/A", "x" * 99, "x" * 100):
            self.use(name, 1)
            self.use(f"{name}|user", 2)
        statements: list[Any] = []
        sa.event.listen(
            self.pool.engine,
            "before_cursor_execute",
            lambda _connection, _cursor, *executed: statements.append(executed[:2]),
        )
        for name in ("team/a", "x" * 99, "none"):
            found = self.result(self.reader.of_names([name, f"files!{name}"], 9))
            expected = [] if name == "none" else [f"{name}|user", name]
            self.assertEqual([each.use.name for each in found], expected)
            self.result(self.reader.of_builds([name], 9))
        asked = [each for each in statements if "substr" in each[0]]
        with self.pool.engine.connect() as connection:
            plans = [
                str(connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {text}", values).fetchall())
                for text, values in asked
            ]
        self.assertEqual(len(plans), 6)
        for plan in plans:
            self.assertIn("INDEX keychain_uses_beginning (<expr>>? AND <expr><?)", plan)
            self.assertNotIn("SCAN", plan)

    def test_each_is_one_query_of_few_rows(self) -> None:
        for number in range(50):
            self.use("a", number, who=f"builder {number}")
        for ask in (
            self.reader.of_names(["a"], 5),
            self.reader.of_builds(["a"], 5),
            self.reader.refused([DENIED], 5),
            self.reader.since(7, "", 5),
        ):
            before = self.pool.uses
            self.assertLessEqual(len(self.result(ask)), 5)
            self.assertEqual(self.pool.uses, before + 1)

    def test_before_anything_was_written(self) -> None:
        self.assertEqual(self.result(self.reader.of_names(["a"], 9)), [])
        self.assertEqual(self.result(self.reader.of_builds(["a"], 9)), [])

    def test_a_database_that_cannot_be_read(self) -> None:
        self.pool.execute("CREATE TABLE keychain_uses (something_else INTEGER)")
        reading = Deferred.fromCoroutine(self.reader.of_names(["a"], 9))
        self.failureResultOf(reading, DatabaseProblemError)
