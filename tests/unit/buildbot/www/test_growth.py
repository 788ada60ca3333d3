"""What pages ask databases does not grow with what these have."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from types import SimpleNamespace
from typing import Any

from twisted.internet.defer import Deferred

from buildbot_keychain.approvals import Person
from buildbot_keychain.buildbot.approvals import Approvals, Records
from buildbot_keychain.buildbot.state import (
    ApprovalsTable,
    GivenRow,
    GivenTable,
    PrintRow,
    PrintsTable,
    UseRow,
    UsesTable,
)
from buildbot_keychain.buildbot.www._builders import BuildbotBuilders
from buildbot_keychain.buildbot.www._builds import BuildbotBuilds
from buildbot_keychain.buildbot.www._tags import StoreTags
from buildbot_keychain.details import Requester
from buildbot_keychain.store.changes import Change
from buildbot_keychain.uses import ALLOWED, DENIED, Use
from buildbot_keychain.web.host_builders import WantedCells
from buildbot_keychain.web.host_secrets import Listed, Wanted
from tests.support.approval_requests import NEW
from tests.support.page_stores import STORE, StoresOnDisk
from tests.support.rows_read import RowsRead
from tests.support.store_keys import NOW
from tests.unit.buildbot.www.test_secrets import SecretsTestCase

FEW, MANY = 210, 420
"""Of everything; few are more than any page has."""

SECRET = Listed("rich", "0007")
MANAGER = Person("rita", frozenset({"managers"}))


class GrowthTests(SecretsTestCase):
    def setUp(self) -> None:
        super().setUp()
        self.count = 0
        pool = self.master.db.pool
        pool.add_builders("deploy")
        pool.execute("ALTER TABLE builds ADD buildrequestid INTEGER")
        pool.execute("CREATE TABLE buildrequests (id INTEGER PRIMARY KEY, complete INTEGER)")
        pool.execute("INSERT INTO builds VALUES (5, 33, 1, 7)")
        pool.execute("INSERT INTO buildrequests VALUES (7, 0)")
        vars(self.master.config).update(
            workers=[], services={}, change_sources=[], schedulers={}, www={}, db={}, manhole=None
        )
        self.master.config.builders = []
        known = self.secrets.names, self.secrets.tags, self.secrets.used
        self.builders = BuildbotBuilders(self.master, *known, self.secrets.thread)
        self.builds = BuildbotBuilds(self.master)
        self.approvals = Approvals(self.master, Records(self.master))
        self.read = RowsRead()
        self.addCleanup(self.read.stop)
        self.result(self.secrets.prepare())

    def finished(self, work: Any) -> Any:
        """Return what a page has, however it is read."""
        return self.result(work if isinstance(work, Deferred) else Deferred.fromCoroutine(work))

    def grow(self, count: int) -> None:
        """Have so many of everything that pages show."""
        new = range(self.count, count)
        self.count = count
        self.rich.answers.update({f"{number:04}": "x" for number in range(count)})
        asked = [
            Use("0007", Requester("build", builder=f"b{each}"), outcome).stored()
            for each in new
            for outcome in (ALLOWED, DENIED)
        ]
        uses = [UseRow(5, content, 1, at) for at, content in enumerate(asked, new.start)]
        given = [GivenRow(5, number, 1, f"name {number}") for number in range(FEW)]
        prints = [PrintRow(5, f"{each}", "log", "shell", "stdio", 7, 1, 2) for each in new]
        self.finished(UsesTable(self.master).write(uses))
        self.finished(GivenTable(self.master).write(given))
        self.finished(PrintsTable(self.master).write(prints))
        for each in new:
            pool, request = self.master.db.pool, 7 + each
            pool.execute(f"INSERT OR IGNORE INTO buildrequests VALUES ({request}, 0)")
            asked_for = replace(NEW, id=f"{each:032}", build_request=request, expires_at=10**9)
            self.finished(ApprovalsTable(self.master).ask(asked_for, 100))

    def test_pages_of_a_master(self) -> None:
        pages: dict[str, Callable[[], Any]] = {
            "list": lambda: self.secrets.listed(Wanted(lambda _: True)),
            "search": lambda: self.secrets.listed(Wanted(lambda _: True, "b1", by_builder=True)),
            "record": lambda: self.secrets.record(SECRET),
            "attention": self.secrets.findings,
            "providers": lambda: self.secrets.providers(details=True),
            "matrix": lambda: self.builders.matrix(WantedCells(lambda _: True, uses=True)),
            "build": lambda: self.builds.record(5),
            "approvals": lambda: self.approvals.waiting(MANAGER, limit=101),
            "decided": lambda: self.approvals.recent(MANAGER, 20),
        }
        found = []
        for count in (FEW, MANY):
            self.grow(count)
            for page in pages.values():
                self.finished(page())  # what is read once, and then only what is new
            self.master.reactor.advance(3600)
            for page in pages.values():
                self.finished(page())
            self.read.taken()
            costs = {}
            for name, page in pages.items():
                self.master.reactor.advance(60)
                self.finished(page())
                costs[name] = self.read.taken()
            found.append(costs)
        self.assertEqual(found[0], found[1])
        self.assertLess(max(rows for _, rows in found[0].values()), 5 * FEW)


class StoreGrowthTests(SecretsTestCase):
    def test_pages_of_a_store(self) -> None:
        stores = StoresOnDisk()
        tags = StoreTags(
            SimpleNamespace(
                names=(STORE,),
                digests=lambda _store, limit: stores._do(lambda: secrets.digests(limit)),
                describe_all=lambda _store, names: stores._do(lambda: secrets.describe_all(names)),
            ),
            lambda: self.master.reactor,
        )
        secrets = stores.opened.secrets
        self.addCleanup(stores.opened.close)
        read = RowsRead()
        self.addCleanup(read.stop)
        pages: dict[str, Callable[[], Deferred[Any]]] = {
            "page": lambda: stores.page(STORE, "", 50),
            "one": lambda: stores.find(STORE, "deploy/token"),
            "waiting": lambda: stores.waiting(STORE),
            "keys": lambda: stores.keys(STORE),
            "tags": tags.all,
        }
        found = []
        for begin, end in ((0, 60), (60, 120)):
            for number in range(begin, end):
                secrets.set(f"s{number:03}", "x", now=NOW)
            costs = {}
            for turn in range(2):
                self.master.reactor.advance(60)
                for name, page in pages.items():
                    read.taken()
                    self.successResultOf(page())
                    costs[name, turn] = read.taken()
            found.append({name: cost for (name, turn), cost in costs.items() if turn})
        self.assertEqual(found[0], found[1])

    def test_changes_of_a_store(self) -> None:
        stores = StoresOnDisk()
        secrets = stores.opened.secrets
        self.addCleanup(stores.opened.close)
        read = RowsRead()
        self.addCleanup(read.stop)
        changes = (
            Change("add", "one", value="x"),
            Change("replace", "one", value="y"),
            Change("edit", "one", metadata={"tags": ["a"]}),
            Change("rollback", "one", version=1),
            Change("rename", "one", new_name="other"),
            Change("delete", "other"),
            Change("undelete", "other"),
            Change("delete", "other"),
            Change("purge", "other"),
        )
        found = []
        for begin, end in ((0, 60), (60, 120)):
            for number in range(begin, end):
                secrets.set(f"s{number:03}", "x", now=NOW)
            costs = []
            for change in changes:
                read.taken()
                self.successResultOf(stores.change(STORE, "ada", change))
                costs.append(read.taken())
            found.append(costs)
        self.assertEqual(found[0], found[1])
