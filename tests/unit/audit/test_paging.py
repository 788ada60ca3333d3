"""Pages of a database of events: queries and rows do not grow with it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import sqlalchemy as sa
from twisted.trial.unittest import SynchronousTestCase

from buildbot_keychain.audit import AuditTable, AuditToDatabase, Decision, Event, Lookup
from buildbot_keychain.audit.paging import MOST_READ, EventPage, page_of
from buildbot_keychain.audit.reading import Wanted
from buildbot_keychain.details import Requester
from tests.support.audit_records import record

DAY = 86_400.0


def by(builder: str, owner: str | None = None) -> Requester:
    return Requester("build", builder=builder, owner=owner)


class PagingTests(SynchronousTestCase):
    def setUp(self) -> None:
        directory = Path(self.mktemp()).absolute()
        directory.mkdir(0o700)
        self.path = directory / "audit.sqlite"
        self.table = AuditTable(f"sqlite:///{self.path}")
        self.addCleanup(self.table.close)
        self.read: list[tuple[str, int]] = []

    def write(self, *events: Event) -> None:
        sink = AuditToDatabase(f"sqlite:///{self.path}")
        sink.write([record(event, at * DAY) for at, event in enumerate(events)])
        sink.close()

    def grow(self, count: int) -> None:
        """Add rows like the first one."""
        with sa.create_engine(f"sqlite:///{self.path}", future=True).begin() as connection:
            connection.execute(
                sa.text(
                    "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < :n) "
                    "INSERT INTO keychain_audit (time, master, event, secret, builder, outcome, "
                    "content) SELECT time, master, event, secret, builder, outcome, content "
                    "FROM n, keychain_audit WHERE id = 1"
                ),
                {"n": count},
            )

    def older(self, *arguments: Any) -> list[tuple[int, str, str]]:
        rows = self.table.older(*arguments)
        self.read.append(("query", len(rows)))
        return rows

    def page(self, before: int = 0, limit: int = 100, **wanted: Any) -> EventPage:
        self.read = []
        return page_of(self, Wanted(**wanted), before, limit, ["vault"])

    def secrets(self, found: EventPage) -> list[str]:
        return [event["secret"] for _, event in found.events]

    def test_nothing_is_made_to_read_what_is_not_there(self) -> None:
        self.assertEqual(self.page(), EventPage())
        self.assertFalse(self.path.exists())

    def test_filters(self) -> None:
        self.write(
            Lookup("app", by("deploy", "ada")),
            Lookup("vault!app", by("tests")),
            Decision("other", by("tests"), "denied"),
            Lookup("app|user", by("deploy"), "failed"),
        )
        for wanted, found in (
            ({}, ["app|user", "other", "vault!app", "app"]),
            ({"secret": "app"}, ["app"]),
            ({"secret": "vault!app"}, ["vault!app"]),
            ({"secret": "app*"}, ["app|user", "app"]),
            ({"builder": "tests"}, ["other", "vault!app"]),
            ({"builder": "dep*"}, ["app|user", "app"]),
            ({"builder": "tests", "secret": "other"}, ["other"]),
            ({"person": "ada"}, ["app"]),
            ({"denied": True}, ["other"]),
            ({"outcome": "failed"}, ["app|user"]),
            ({"kinds": ("decision",)}, ["other"]),
            ({"since": "1970-01-03"}, ["app|user", "other"]),
        ):
            page = self.page(0, 100, **wanted)
            self.assertEqual((self.secrets(page), page.before), (found, 0), wanted)

    def test_pages_have_each_event_once(self) -> None:
        self.write(*(Lookup(f"s{number % 3}", by("tests")) for number in range(20)))
        for wanted in ({}, {"secret": "s1"}, {"builder": "tests"}, {"secret": "*1"}):
            whole = [number for number, _ in self.page(0, 100, **wanted).events]
            found, before = [], 0
            while True:
                page = self.page(before, 3, **wanted)
                found += [number for number, _ in page.events]
                before = page.before
                if not before:
                    break
            self.assertEqual(found, whole)
            self.assertEqual(found, sorted(found, reverse=True))

    def test_queries_and_rows_do_not_grow(self) -> None:
        self.write(Lookup("app", by("tests")), Lookup("rare", by("deploy", "ada")))
        costs = []
        for count in (20_000, 40_000):
            self.grow(count)
            cost = []
            for wanted, finds in (
                ({}, True),
                ({"secret": "app"}, True),
                ({"secret": "rare"}, True),
                ({"builder": "deploy"}, True),
                ({"person": "ada"}, False),
            ):
                page = self.page(0, 100, **wanted)
                self.assertEqual(bool(page.events), finds, wanted)
                self.assertEqual(
                    bool(page.before),
                    "rare" not in wanted.values() and "deploy" not in wanted.values(),
                )
                rows = sum(rows for _, rows in self.read)
                self.assertLessEqual(rows, MOST_READ)
                cost.append((len(self.read), rows))
            costs.append(cost)
        self.assertEqual(*costs)

    def test_the_database_reads_by_number_or_by_an_index(self) -> None:
        self.write(Lookup("app", by("tests")))
        engine = sa.create_engine(f"sqlite:///{self.path}", future=True)
        asked: list[tuple[str, Any]] = []
        self.table.older(1, 10)
        event = sa.event
        used = self.table._engine

        def note(_c: Any, _cursor: Any, statement: str, parameters: Any, *_: Any) -> None:
            asked.append((statement, parameters))

        event.listen(used, "before_cursor_execute", note)
        for arguments in ((0, 10), (9, 10), (9, 10, ("app", "vault!app")), (9, 10, (), "tests")):
            self.table.older(*arguments)
        event.remove(used, "before_cursor_execute", note)
        selects = [each for each in asked if each[0].startswith("SELECT")]
        self.assertEqual(len(selects), 5)
        with engine.connect() as connection:
            for statement, parameters in selects:
                rows = connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", parameters)
                plan = " ".join(str(row[-1]) for row in rows)
                self.assertNotIn("TEMP B-TREE", plan)
                if "WHERE" in statement:
                    self.assertIn("SEARCH", plan)
        engine.dispose()
