"""The tables of a master, in each kind of database that Buildbot supports, used by several at once.

A table is made by whoever needs it first.
"""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Awaitable, Callable
from types import SimpleNamespace
from typing import Any

from buildbot.db.enginestrategy import create_engine
from buildbot.db.pool import DBThreadPool
from twisted.internet import reactor
from twisted.internet.defer import Deferred, gatherResults
from twisted.trial.unittest import TestCase

from buildbot_keychain.buildbot.state import (
    BuiltBefore,
    FormValuesTable,
    GivenRow,
    GivenTable,
    PrintRow,
    PrintsTable,
    RequestRow,
    RequestsTable,
    RootSecretTable,
    SealedFieldsTable,
    UseRow,
    UsesReader,
    UsesTable,
    Writes,
)
from buildbot_keychain.details import Requester
from buildbot_keychain.store.sealed_values import Kept
from buildbot_keychain.uses import Use
from tests.support.mariadb import MariaDB
from tests.support.postgresql import PostgreSQL

NAMES = ["token", "vault!team/app|password", "clé", "\U0001f511", "a" * 500, "Token", "token "]

_BUILDBOTS = (
    "CREATE TABLE builds (id INTEGER, buildrequestid INTEGER)",
    "INSERT INTO builds VALUES (0, 10), (1, 10)",
    "CREATE TABLE buildrequests (id INTEGER, buildsetid INTEGER)",
    "INSERT INTO buildrequests VALUES (10, 100)",
    """CREATE TABLE buildsets (id INTEGER, complete INTEGER, parent_buildid INTEGER,
    reason VARCHAR(256), rebuilt_buildid INTEGER)""",
    "INSERT INTO buildsets VALUES (100, 1, NULL, '', NULL), (200, 0, 1, '', NULL)",
    "CREATE TABLE buildset_sourcestamps (buildsetid INTEGER, sourcestampid INTEGER)",
    "INSERT INTO buildset_sourcestamps VALUES (100, 7), (200, 7), (200, 8), (300, 9)",
    """CREATE TABLE object_state (objectid INTEGER, name VARCHAR(128), value_json TEXT,
    UNIQUE (objectid, name))""",
)
"""What the tables here need of Buildbot's own."""


class DatabaseCase:
    """Four masters on one database."""

    url: str

    async def prepare(self: Any) -> None:
        self.basedir = tempfile.mkdtemp(prefix="keychain-test-")
        self.addCleanup(shutil.rmtree, self.basedir)
        pools = [self.pool() for _ in range(4)]
        self.masters = [SimpleNamespace(db=SimpleNamespace(pool=pool)) for pool in pools]
        await self.execute(*_BUILDBOTS)

    def pool(self: Any) -> Any:
        """Return a pool of connections as a master has it."""
        engine = create_engine(self.url, basedir=self.basedir)
        pool = DBThreadPool(engine, reactor=reactor)
        if hasattr(pool, "start"):  # Buildbot 4.0 starts it with the reactor
            pool.start()
        self.addCleanup(pool.stop if hasattr(pool, "stop") else pool.shutdown)
        return pool

    async def execute(self: Any, *statements: str) -> None:
        def execute(connection: Any) -> None:
            with connection.begin():
                for statement in statements:
                    connection.exec_driver_sql(statement)

        await self.masters[0].db.pool.do(execute)

    async def rows(self: Any, query: str) -> list[Any]:
        def read(connection: Any) -> list[Any]:
            with connection.begin():
                return [tuple(row) for row in connection.exec_driver_sql(query)]

        found: list[Any] = await self.masters[0].db.pool.do(read)
        return found

    async def at_once(self: Any, work: Callable[[int], Awaitable[Any]]) -> list[Any]:
        """Return what each master's work returns."""

        async def working(number: int) -> Any:
            return await work(number)

        found = await gatherResults(Deferred.fromCoroutine(working(n)) for n in range(4))
        return list(found)

    async def test_all_tables(self: Any) -> None:
        """A server takes seconds to start, so they are all tried on one."""
        await self.prepare()
        await self._given()
        await self._root_secret()
        await self._sealed_fields()
        await self._requests()
        await self._uses()
        await self._prints()
        await self._together()
        await self._form_values()

    async def _given(self: Any) -> None:
        tables = [GivenTable(master) for master in self.masters]

        def rows(buildid: int) -> list[GivenRow]:
            return [GivenRow(buildid, number, 1_000, name) for number, name in enumerate(NAMES)]

        await self.at_once(lambda buildid: tables[buildid].write(rows(buildid)))
        for buildid in range(4):
            self.assertEqual(await tables[0].names_of(buildid), NAMES)
        await self.at_once(lambda number: tables[number].remove_missing_builds())
        found = [len(await tables[1].names_of(buildid)) for buildid in range(4)]
        self.assertEqual(found, [7, 7, 0, 0])

    async def _prints(self: Any) -> None:
        tables = [PrintsTable(master) for master in self.masters]

        def rows(buildid: int) -> list[PrintRow]:
            facts = ("log", "shell", "stdio", 7, 1_000, 2)
            return [PrintRow(buildid, name, *facts) for name in NAMES]

        for _ in range(2):
            await self.at_once(lambda buildid: tables[buildid].write(rows(buildid)))
        for buildid in range(4):
            found = await tables[0].of_build(buildid, 99)
            self.assertEqual({(row.secret, row.times) for row in found}, {(n, 4) for n in NAMES})
        await self.at_once(lambda number: tables[number].remove_missing_builds())
        counts = [len(await tables[1].of_build(buildid, 99)) for buildid in range(4)]
        self.assertEqual(counts, [7, 7, 0, 0])

    async def _uses(self: Any) -> None:
        """All add to the same rows; there are two of the four builds."""
        tables = [UsesTable(master) for master in self.masters]
        contents = [Use(name, Requester("unknown")).stored() for name in NAMES]

        def rows(buildid: int) -> list[UseRow]:
            return [UseRow(buildid, content, 1_000, 1_000 + buildid) for content in contents]

        await self.at_once(lambda n: tables[n].write(rows(n)[:: -1 if n % 2 else 1]))
        counted = "SELECT times, count(*) FROM keychain_uses GROUP BY times"
        self.assertEqual(await self.rows(counted), [(4, 7)])
        for name in NAMES:
            found = await UsesReader(self.masters[0]).of_names([name], 9)
            self.assertIn(name, {each.use.name for each in found})
        of_builds = "SELECT buildid, count(*) FROM keychain_decisions GROUP BY buildid ORDER BY 1"
        self.assertEqual(await self.rows(of_builds), [(n, 7) for n in range(4)])
        await self.at_once(lambda n: tables[n].remove_missing(1_000))
        self.assertEqual(await self.rows(of_builds), [(0, 7), (1, 7)])
        await tables[0].remove_missing(2_000)
        self.assertEqual(await self.rows(counted), [])

    async def _together(self: Any) -> None:
        """A row that is in the way of another does not have uses counted twice."""
        begin: list[Callable[[], None]] = []
        writes = Writes(self.masters[0], begin.append)
        given, uses = GivenTable(self.masters[0], writes), UsesTable(self.masters[0], writes)
        for number in (1, 2):
            contents = [
                Use(f"{name} {each}", Requester("unknown")).stored()
                for name in NAMES
                for each in range(number)
            ]
            work = [
                uses.write([UseRow(None, content, 1_000, 1_000) for content in contents]),
                given.write([GivenRow(1, 0, 1_000, "token")]),
            ]
            writing = [Deferred.fromCoroutine(each) for each in work]
            begin.pop()()
            await gatherResults(writing)
        counted = "SELECT times, count(*) FROM keychain_uses GROUP BY times ORDER BY times"
        self.assertEqual(await self.rows(counted), [(1, 7), (2, 7)])

    async def _requests(self: Any) -> None:
        """There are two of the four buildsets."""
        tables = [RequestsTable(master) for master in self.masters]
        rows = {
            100 * (n + 1): RequestRow(NAMES[n], NAMES[n].upper(), forced=bool(n % 2))
            for n in range(4)
        }
        await self.at_once(lambda n: tables[n].write(100 * (n + 1), rows[100 * (n + 1)]))
        self.assertEqual(await tables[0].read([*rows, 500]), rows)
        await tables[0].write(300, RequestRow("try", outside=True))
        for ssids, before in (
            ([7, 8], BuiltBefore(frozenset({1}), outside=False)),
            ([9], BuiltBefore(frozenset(), outside=True)),
        ):
            self.assertEqual(await tables[1].built_before(ssids), before)
        await self.at_once(lambda n: tables[n].remove_missing())
        self.assertEqual(set(await tables[1].read([*rows])), {100, 200})

    async def _root_secret(self: Any) -> None:
        tables = [RootSecretTable(master) for master in self.masters]
        boxes = [bytes(range(256)) + bytes([number]) for number in range(4)]
        stored = await self.at_once(lambda number: tables[number].create(boxes[number]))
        self.assertEqual(len(set(stored)), 1)
        self.assertIn(stored[0], boxes)
        await self.at_once(lambda number: tables[number].replace(stored[0], b"new %d" % number))
        found = [await table.read() for table in tables]
        self.assertEqual(len(set(found)), 1)
        self.assertRegex(found[0], rb"new [0-3]")
        await tables[0].replace(stored[0], b"late")
        self.assertEqual(await tables[1].read(), found[0])

    async def _sealed_fields(self: Any) -> None:
        tables = [SealedFieldsTable(master) for master in self.masters]
        place = "state", "a.Service näme \U0001f511", "token"
        self.assertEqual(await tables[0].read(place, 7), Kept(None, None, stands=False))
        written = await self.at_once(lambda n: tables[n].write(place, 7, f"box {n}", None))
        self.assertEqual(sum(written), 1)
        first = Kept(f"box {written.index(True)}", 1, stands=True)
        self.assertEqual(await tables[0].read(place, 7), first)
        written = await self.at_once(lambda n: tables[n].write(place, 7, f"next {n}", 1))
        self.assertEqual(sum(written), 1)
        second = Kept(f"next {written.index(True)}", 2, stands=True)
        self.assertEqual(await tables[3].read(place, 7), second)
        self.assertTrue(await tables[0].write(place, 7, None, 2))
        self.assertEqual(await tables[1].read(place, 7), Kept(None, 3, stands=False))
        for owner, field in (("owner", "a"), ("Owner", "b"), ("owner ", "c"), ("öwner", "d")):
            await self.at_once(lambda n, at=("file", owner, field): tables[n].record(at))
        self.assertEqual(await tables[2].fields_of("file", "owner"), {"a"})

    async def _form_values(self: Any) -> None:
        """Build 1 of buildset 100 has triggered 200, which is not complete."""
        tables = [FormValuesTable(master) for master in self.masters]
        self.assertEqual(await tables[0].remove_done(0), frozenset())
        keys = [str(number) * 32 for number in range(4)]
        boxes = [bytes([number]) * (1 << 20) for number in range(4)]
        await self.at_once(lambda n: tables[n].write({keys[n]: boxes[n]}, 1_000))
        await self.at_once(lambda n: tables[n].bind([keys[0], keys[1]], 100))
        await tables[0].bind([keys[2]], 300)
        found = [await tables[3].read(key, 100) for key in keys[:3]]
        self.assertEqual(found, [boxes[0], boxes[1], None])
        left = await self.at_once(lambda n: tables[n].remove_done(1_001))
        self.assertEqual(left[0], {keys[0], keys[1]})
        await self.execute("UPDATE buildsets SET complete = 1")
        await self.at_once(lambda n: tables[n].remove_done(0))
        self.assertEqual(await tables[0].remove_done(0), frozenset())


class SQLiteTests(DatabaseCase, TestCase):
    url = "sqlite:///state.sqlite"


class PostgreSQLTests(DatabaseCase, TestCase):
    def setUp(self) -> None:
        server = PostgreSQL()
        self.addCleanup(server.stop)
        server.start()
        self.url = server.url


class MariaDBTests(DatabaseCase, TestCase):
    def setUp(self) -> None:
        server = MariaDB()
        self.addCleanup(server.stop)
        server.start()
        self.url = server.url
