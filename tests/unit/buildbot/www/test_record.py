from __future__ import annotations

from types import SimpleNamespace
from typing import Any

from twisted.internet.defer import Deferred, succeed
from twisted.trial.unittest import SynchronousTestCase
from zope.interface import directlyProvides

from buildbot_keychain.buildbot.sinks import HiddenSecret
from buildbot_keychain.buildbot.state import PrintRow, PrintsTable, UseRow, UsesTable
from buildbot_keychain.buildbot.www._record import MOST, record_of
from buildbot_keychain.buildbot.www._spellings import Spellings
from buildbot_keychain.details import Requester
from buildbot_keychain.inspection import Place, Reference
from buildbot_keychain.interfaces import IScopeKeeper
from buildbot_keychain.uses import Use
from buildbot_keychain.web.host_secrets import Holder, Listed, Printed, Record
from tests.support.database_pool import DatabasePool


class Keeper:
    name = "vault"

    def __init__(self) -> None:
        directlyProvides(self, IScopeKeeper)

    def holds(self, scope: str) -> bool:
        return scope == "build/5"


class RecordTests(SynchronousTestCase):
    def setUp(self) -> None:
        self.pool = DatabasePool()
        self.addCleanup(self.pool.engine.dispose)
        self.pool.add_builders("deploy")
        self.builders: dict[str, Any] = {}
        self.held: list[tuple[str, str, str]] = []
        self.given: dict[int, set[str]] = {}
        self.references: list[tuple[Reference, bool]] = []
        master = SimpleNamespace(
            db=SimpleNamespace(pool=self.pool), botmaster=SimpleNamespace(builders=self.builders)
        )
        self.keychain: Any = SimpleNamespace(
            master=master,
            hidden_secrets=(),
            services=SimpleNamespace(held=lambda: iter(self.held)),
            given=SimpleNamespace(of_buildid=self.given.__getitem__),
            questions=lambda _name, _requester: succeed([]),
        )

    def record(self) -> Record:
        references: Any = SimpleNamespace(of=lambda _provider, _path: succeed(self.references))
        spellings = Spellings(self.keychain, Listed("vault", "app"))
        reading = record_of(self.keychain, Keeper(), spellings, "app", references)
        found: Record = self.successResultOf(Deferred.fromCoroutine(reading))
        return found

    def write(self, name: str, builder: str, at: int, build: int | None = None) -> None:
        use = Use(name, Requester("build", builder=builder))
        row = UseRow(build, use.stored(), at, at)
        writing = UsesTable(self.keychain.master).write([row])
        self.successResultOf(Deferred.fromCoroutine(writing))

    def test_nothing(self) -> None:
        self.assertEqual(self.record(), Record())

    def test_who_had_it(self) -> None:
        self.pool.execute("INSERT INTO builds VALUES (1, 33, 1)")
        self.write("vault!app|user", "deploy", 7, 1)
        self.write("app@3", "other", 8)
        record = self.record()
        (use,), (build,) = record.uses, record.builds
        self.assertEqual((use.use.requester.builder, use.last_at), ("deploy", 7))
        self.assertEqual((build.builder, build.number), ("deploy", 33))
        self.assertEqual(build.address, "#/builders/1/builds/33")

    def test_where_it_was_printed_and_is_named(self) -> None:
        hidden = HiddenSecret("app|user", "deploy", "shell", "log", 2, 1, 7, "stdio", 4)
        process = HiddenSecret("app", None, None, "twistd.log", 1, None, None, None, None)
        other = HiddenSecret("other", None, None, "twistd.log", 1, None, None, None, None)
        self.keychain.hidden_secrets = (hidden, process, other)
        owner = type("S", (), {})
        place = Place("step", "a step", {}, owner, builder="deploy", step=2, name="up")
        self.references.append((Reference("app", place, "command"), True))
        record = self.record()
        printed = (
            Printed("twistd.log", 1, name="app"),
            Printed("log stdio, builder deploy, build 7, step shell, line 4", 2, name="app|user"),
        )
        self.assertEqual(record.printed, printed)
        self.assertEqual(
            [each.where for each in record.references], ["builder 'deploy', step 3 (S 'up')"]
        )

    def test_where_builds_have_printed_it_is_known_after_a_restart(self) -> None:
        self.pool.execute("INSERT INTO builds VALUES (1, 33, 1)")
        self.write("app", "deploy", 7, 1)
        row = PrintRow(1, "app", "log", "shell", "stdio", 4, 9, 2)
        rows = [row, row._replace(secret="other"), row._replace(buildid=2)]
        writing = PrintsTable(self.keychain.master).write(rows)
        self.successResultOf(Deferred.fromCoroutine(writing))
        again = HiddenSecret("app", "deploy", "shell", "log", 5, 1, 33, "stdio", 4)
        for known in ((), (again,)):
            self.keychain.hidden_secrets = known
            (printed,) = self.record().printed
            place = "log stdio, builder deploy, build 33, step shell, line 4"
            self.assertEqual((printed.where, printed.count), (place, 2))

    def test_what_has_it_now(self) -> None:
        self.held += [("reporter mail", "app", "vault"), ("worker w", "app", "files")]
        builds = [
            SimpleNamespace(buildid=number, number=number, finished=number == 7)
            for number in (5, 6, 7)
        ]
        builds.append(SimpleNamespace(buildid=None, number=1, finished=False))
        self.builders["deploy"] = SimpleNamespace(name="deploy", building=builds)
        self.given.update({5: {"app|user\0x", "app"}, 6: {"app"}, 7: {"app"}})
        expected = (
            Holder("reporter mail"),
            Holder("build 5 of deploy", "#/builds/5", has_lease=True),
            Holder("build 6 of deploy", "#/builds/6"),
        )
        self.assertEqual(self.record().holders, expected)

    def test_few_of_many(self) -> None:
        """Neither queries nor rows grow."""
        self.write("app", "first", 0)
        before = self.pool.uses
        self.record()
        queries = self.pool.uses - before
        for number in range(3 * MOST):
            self.write("app", f"builder {number}", number)
        self.references += [
            (Reference("app", Place("step", f"step {number}", {}), "x"), True)
            for number in range(3 * MOST)
        ]
        self.held += [(f"worker {number}", "app", "vault") for number in range(3 * MOST)]
        before = self.pool.uses
        record = self.record()
        self.assertEqual(self.pool.uses - before, queries)
        for rows in (record.uses, record.references, record.holders):
            self.assertEqual(len(rows), MOST)
