from __future__ import annotations

import sqlite3
import stat
from contextlib import closing
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from twisted.trial.unittest import SynchronousTestCase
from zope.interface.verify import verifyObject

from buildbot_keychain.audit import (
    AuditTable,
    AuditToDatabase,
    Decision,
    Hidden,
    Lookup,
    Record,
    Typed,
)
from buildbot_keychain.audit.reading import Wanted
from buildbot_keychain.details import Requester
from buildbot_keychain.errors import ConfigurationError, StoreUnavailable
from buildbot_keychain.interfaces import IAuditSink
from tests.support.audit_records import FORM, hidden, record
from tests.support.postgresql import PostgreSQL

BUILD = Requester("build", builder="release")


class DatabaseTests(SynchronousTestCase):
    def setUp(self) -> None:
        directory = Path(self.mktemp()).absolute()
        directory.mkdir(0o700)
        self.path = directory / "audit.sqlite"
        self.url = f"sqlite:///{self.path}"

    def sink(self, url: str | None = None) -> AuditToDatabase:
        sink = AuditToDatabase(url or self.url)
        self.addCleanup(sink.close)
        return sink

    def events(self, **wanted: Any) -> list[dict[str, Any]]:
        table = AuditTable(self.url)
        self.addCleanup(table.close)
        return list(table.events(Wanted(**wanted)))

    def test_it_is_a_sink_which_shows_no_password(self) -> None:
        sink = AuditToDatabase("postgresql://keychain:tr0ub4dor@db.example.org/audit")
        self.assertTrue(verifyObject(IAuditSink, sink))
        self.assertNotIn("tr0ub4dor", f"{sink!r}{sink.name}")
        self.assertEqual(self.sink(), self.sink())
        self.assertNotEqual(self.sink(), sink)

    def check_what_is_written(self) -> None:
        sink = self.sink()
        sink.write([record(Lookup("a", BUILD), 1.0), record(Decision("ö\0", BUILD, "denied"), 2.0)])
        sink.write([record(Hidden("b" * 1000, "log", builder="tests"), 3.0)])
        other = self.sink()
        other.write([Record(4.0, Typed(("form!pw",), person="bob"), FORM, "m2")])
        self.assertEqual(
            [event["event"] for event in self.events()], ["lookup", "decision", "hidden", "typed"]
        )
        self.assertEqual([event["master"] for event in self.events()], ["m1"] * 3 + ["m2"])
        self.assertEqual([event["secret"] for event in self.events(denied=True)], ["ö\0"])
        self.assertEqual(
            len(self.events(since="1970-01-01T00:00:02", until="1970-01-01T00:00:04")), 2
        )
        self.assertEqual(len(self.events(kinds=("typed", "hidden"), person="bob")), 1)
        self.assertEqual(len(self.events(secret="form!*")), 1)
        engine = sa.create_engine(self.url, future=True)
        with engine.connect() as connection:
            rows = connection.execute(
                sa.text("SELECT secret, builder, outcome FROM keychain_audit ORDER BY id")
            ).fetchall()
        engine.dispose()
        self.assertEqual(tuple(rows[1]), ("\\xf6\\x00", "release", "denied"))
        self.assertEqual(len(rows[2][0]), 255)

    def test_sqlite(self) -> None:
        self.check_what_is_written()
        self.assertEqual(stat.S_IMODE(self.path.stat().st_mode), 0o600)

    def test_postgresql(self) -> None:
        server = PostgreSQL()
        self.addCleanup(server.stop)
        server.start()
        self.url = server.url
        self.check_what_is_written()
        sink = self.sink()
        sink.write(hidden("x"))

        def write_in_vain() -> None:
            error = self.assertRaises(StoreUnavailable, sink.write, hidden("y"))
            self.assertIn("postgresql", str(error))

        server.restart(write_in_vain)
        sink.write(hidden("y"))
        names = [event["secret"] for event in self.events(kinds=("hidden",))]
        self.assertEqual(names[-2:], ["x", "y"])
        self.check_that_one_who_may_only_insert_writes()

    def check_that_one_who_may_only_insert_writes(self) -> None:
        """Also into a table of an earlier version, whose indexes only its owner can make."""
        engine = sa.create_engine(self.url, future=True)
        with engine.begin() as connection:
            for text in (
                "CREATE ROLE writer LOGIN",
                "GRANT SELECT, INSERT ON keychain_audit TO writer",
                "GRANT USAGE ON SEQUENCE keychain_audit_id_seq TO writer",
                "DROP INDEX keychain_audit_of_secret",
            ):
                connection.execute(sa.text(text))
        engine.dispose()
        self.sink(self.url.replace("keychain@", "writer@")).write(hidden("z"))
        names = [event["secret"] for event in self.events(kinds=("hidden",))]
        self.assertEqual(names[-1], "z")

    def test_the_latest_of_a_secret(self) -> None:
        table = AuditTable(self.url)
        self.addCleanup(table.close)
        self.assertEqual(table.latest(["a"], 9), [])
        self.assertFalse(self.path.exists())
        names = ("a/b", "a/b|user", "v!a/b", "a/bc", "a/b%", "a/b@3", "\xf6", "a/b")
        records = [record(Lookup(name, BUILD), float(at)) for at, name in enumerate(names)]
        self.sink().write(records)
        for wanted, found in (
            (["a/b", "v!a/b"], ["a/b", "v!a/b", "a/b|user", "a/b"]),
            (["\xf6"], ["\xf6"]),
            (["a/b|user"], ["a/b", "a/b|user", "a/b"]),
            (["a/b%"], ["a/b%"]),
            (["none"], []),
        ):
            latest = table.latest(wanted, 9)
            self.assertEqual([event["secret"] for event in latest], found)
        self.assertEqual(len(table.latest(["a/b"], 1)), 1)

    def test_the_latest_of_a_secret_in_a_table_of_an_earlier_version(self) -> None:
        """Its rows have the field, and all had an index of their own."""
        names = ("a/b", "a/b|user", "A/b|user", "a/b|", "a/bc|user", "a_b|user", "a/b")
        self.sink().write([record(Lookup(name, BUILD), float(at)) for at, name in enumerate(names)])
        with closing(sqlite3.connect(self.path)) as database, database:
            database.execute("CREATE INDEX ix_keychain_audit_secret ON keychain_audit (secret)")
            for number, name in enumerate(names[:-1], 1):
                database.execute(
                    "UPDATE keychain_audit SET secret = ? WHERE id = ?", (name, number)
                )
        table = AuditTable(self.url)
        self.addCleanup(table.close)
        for wanted, found in (
            (["a/b"], ["a/b", "a/b|", "a/b|user", "a/b"]),
            (["a/b|user", "a_b"], ["a/b", "a_b|user", "a/b|", "a/b|user", "a/b"]),
            (["a"], []),
        ):
            latest = table.latest(wanted, 9)
            self.assertEqual([event["secret"] for event in latest], found)
        self.assertEqual([row[0] for row in table.older(4, 2, ["a/b"])], [2, 1])

    def test_rows_of_a_secret_are_read_by_an_index(self) -> None:
        """Backwards from the newest, without those before; a table of an earlier version has it."""
        self.sink().write([record(Hidden("x", "log"))])
        with closing(sqlite3.connect(self.path)) as database, database:
            database.execute("DROP INDEX keychain_audit_of_secret")
        self.sink().write([record(Hidden("x", "log"))])
        with closing(sqlite3.connect(self.path)) as database:
            plan = database.execute(
                "EXPLAIN QUERY PLAN SELECT content FROM keychain_audit"
                " WHERE secret = 'x' AND id < 100 ORDER BY id DESC LIMIT 5"
            ).fetchall()
        self.assertEqual(len(plan), 1, plan)  # another line would sort
        self.assertIn("INDEX keychain_audit_of_secret (secret=? AND id<?)", plan[0][-1])

    def test_pages(self) -> None:
        sink = self.sink()
        sink.write([record(Hidden(str(number), "log")) for number in range(2500)])
        names = [event["secret"] for event in self.events(secret="*")]
        self.assertEqual(names, [str(number) for number in range(2500)])

    def test_where_there_is_nothing(self) -> None:
        error = self.assertRaises(StoreUnavailable, self.events)
        self.assertIn("has no table keychain_audit", str(error))
        self.assertFalse(self.path.exists())

    def test_what_cannot_be(self) -> None:
        for url in ("", "nonsense", "oracle://x/y", "sqlite://", 3, "postgresql://host"):
            self.assertRaises(ConfigurationError, AuditToDatabase, url)
        sink = AuditToDatabase("sqlite:////nowhere/audit.sqlite")
        error = self.assertRaises(ConfigurationError, sink.check)
        self.assertIn("there is no directory /nowhere", str(error))
