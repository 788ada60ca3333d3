"""Who asked for which secret, in the master's database."""

from __future__ import annotations

from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import sqlalchemy as sa
from twisted.internet.defer import Deferred
from twisted.trial.unittest import SynchronousTestCase

from buildbot_keychain import uses
from buildbot_keychain.buildbot.state import DatabaseProblemError, UseRow, UsesTable, Writes
from buildbot_keychain.uses import key_of
from tests.support.database_pool import DatabasePool


class UsesTableTests(SynchronousTestCase):
    """`UsesTable`."""

    def setUp(self) -> None:
        self.pool = DatabasePool()
        self.addCleanup(self.pool.engine.dispose)
        self.table = UsesTable(SimpleNamespace(db=SimpleNamespace(pool=self.pool)))

    def result(self, coroutine: Any) -> Any:
        return self.successResultOf(Deferred.fromCoroutine(coroutine))

    def write(self, *rows: UseRow) -> None:
        self.result(self.table.write(rows))

    def uses(self) -> list[Any]:
        query = "SELECT content, first_at, last_at, times FROM keychain_uses ORDER BY 1"
        return self.pool.execute(query)

    def of_builds(self) -> list[Any]:
        query = """SELECT buildid, content, decided_at FROM keychain_decisions
        JOIN keychain_uses ON id = use_id ORDER BY 1, 2"""
        return self.pool.execute(query)

    def test_equal_uses_are_one_row(self) -> None:
        self.write(UseRow(1, "a", 100, 100), UseRow(2, "a", 110, 110), UseRow(2, "b", 120, 120))
        self.write(UseRow(None, "a", 200, 230, 5))
        self.assertEqual(self.uses(), [("a", 100, 230, 7), ("b", 120, 120, 1)])
        expected = [(1, "a", 100), (2, "a", 110), (2, "b", 120)]
        self.assertEqual(self.of_builds(), expected)

    def test_rows_are_made_ready_by_the_thread_that_stores_them(self) -> None:
        begun: list[Callable[[], None]] = []
        master = SimpleNamespace(db=SimpleNamespace(pool=self.pool))
        keyed: list[str] = []

        def noting(content: str) -> str:
            keyed.append(content)
            return key_of(content)

        self.patch(uses, "key_of", noting)
        table = UsesTable(master, Writes(master, begun.append))
        writing = Deferred.fromCoroutine(table.write([UseRow(1, "a", 100, 100)]))
        self.assertEqual(keyed, [])
        begun.pop()()
        self.successResultOf(writing)
        self.assertEqual(keyed, ["a"])

    def test_what_is_written_late_makes_nothing_older(self) -> None:
        """As of another master, or after an outage."""
        self.write(UseRow(None, "a", 200, 230))
        self.write(UseRow(None, "a", 100, 110, 5))
        self.write(UseRow(None, "a", 210, 220))
        self.assertEqual(self.uses(), [("a", 100, 230, 7)])

    def test_rows_are_changed_in_the_order_of_their_keys(self) -> None:
        """So two masters never wait for each other."""
        contents = sorted("abcdef", key=key_of)
        self.write(*(UseRow(1, each, 100, 100) for each in contents[1::2]))
        changed: list[Any] = []

        def executed(_connection: Any, _cursor: Any, text: str, given: Any, *_: Any) -> None:
            if text.startswith(("INSERT INTO keychain_uses", "UPDATE keychain_uses")):
                rows = given if isinstance(given, list) else [given]
                changed.extend(each for row in rows for each in row if each in keys)

        keys = list(map(key_of, contents))
        sa.event.listen(self.pool.engine, "before_cursor_execute", executed)
        self.write(*(UseRow(2, each, 200, 200) for each in contents))
        self.assertEqual(changed, keys)

    def test_a_build_that_is_written_again(self) -> None:
        """SQLite gives the id of the last build again when that was removed."""
        self.write(UseRow(1, "a", 100, 100))
        self.write(UseRow(1, "a", 500, 500))
        self.assertEqual(self.of_builds(), [(1, "a", 500)])

    def test_uses_count_once_beside_one_that_is_written_again(self) -> None:
        contents = "abcdef"
        for buildid, again in enumerate(contents, start=1):
            self.write(UseRow(buildid, again, 100, 100))
            self.write(*(UseRow(buildid, f"{each}{buildid}", 100, 100) for each in contents))
            mixed = (again, *(f"{each}{buildid} more" for each in contents))
            self.write(*(UseRow(buildid, each, 500, 500) for each in mixed))
        times = {content: times for content, _, _, times in self.uses()}
        self.assertEqual({times.pop(each) for each in contents}, {2})
        self.assertEqual(set(times.values()), {1})

    def test_what_is_removed(self) -> None:
        for buildid in (1, 20, 21, None):
            self.write(UseRow(buildid, f"of {buildid}", 100, 100 + (buildid or 0)))
        self.result(self.table.remove_missing(120))
        self.assertEqual([content for content, *_ in self.uses()], ["of 20", "of 21"])
        self.assertEqual([buildid for buildid, *_ in self.of_builds()], [20])

    def test_a_database_that_is_down(self) -> None:
        self.pool.execute("CREATE TABLE keychain_uses (something_else INTEGER)")
        writing = self.table.write([UseRow(1, "a", 100, 100)])
        self.failureResultOf(Deferred.fromCoroutine(writing), DatabaseProblemError)
