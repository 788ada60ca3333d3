from __future__ import annotations

from types import SimpleNamespace
from typing import Any

from twisted.internet.defer import Deferred, fail, succeed
from twisted.trial.unittest import SynchronousTestCase

from buildbot_keychain.buildbot.builds._origins import Origins
from buildbot_keychain.buildbot.builds._requesters import requester_of
from buildbot_keychain.buildbot.builds._requests import Requests
from buildbot_keychain.buildbot.state import RequestRow, RequestsTable
from buildbot_keychain.details import Requester
from tests.support.builds import FakeBuild, Stamp
from tests.support.database_pool import DatabasePool

SOURCE_STAMPS = "CREATE TABLE buildset_sourcestamps (buildsetid INTEGER, sourcestampid INTEGER)"


class OriginsTests(SynchronousTestCase):
    """Build 1 is the origin; 2 was triggered by it, 3 rebuilds 2, and so does the build here."""

    def setUp(self) -> None:
        self.build = FakeBuild()
        forced = Stamp("main", "app")
        forced.changes = []
        self.build.stamps = (forced,)
        self.build.requests = (SimpleNamespace(bsid=4),)
        self.buildsets: dict[int, Any] = {
            1: {"bsid": 1, "sourcestamps": [{"ssid": 1, "branch": "main", "patch": None}]},
            2: {"bsid": 2, "parent_buildid": 1, "sourcestamps": []},
            3: {"bsid": 3, "rebuilt_buildid": 2, "sourcestamps": []},
            4: {"bsid": 4, "rebuilt_buildid": 3, "sourcestamps": []},
        }
        self.changes: list[dict[str, Any]] = []
        self.properties: dict[str, Any] = {"scheduler": ("nightly", "Scheduler")}
        self.asked = 0
        pool = DatabasePool()
        self.addCleanup(pool.engine.dispose)
        pool.execute("CREATE TABLE buildsets (id INTEGER, parent_buildid INTEGER)")
        pool.execute(
            "CREATE TABLE buildset_sourcestamps (buildsetid INTEGER, sourcestampid INTEGER)"
        )
        pool.execute("CREATE TABLE sourcestamps (id INTEGER, revision TEXT, patchid INTEGER)")
        self.execute = pool.execute
        master = SimpleNamespace(db=SimpleNamespace(pool=pool))
        self.requests = Requests(master)
        self.table = RequestsTable(master)

    def origins(self) -> Origins:
        return Origins(SimpleNamespace(data=self), self.requests)

    def note(self, **rows: RequestRow) -> None:
        """Note who has asked for buildsets: ``b4=RequestRow()`` for the buildset 4."""
        for name, row in rows.items():
            writing = self.table.write(int(name[1:]), row)
            self.successResultOf(Deferred.fromCoroutine(writing))

    def get(self, path: tuple[Any, ...], filters: Any = ()) -> Any:
        self.asked += 1
        kind, *rest = path
        if path[-1] == "properties":
            return succeed(self.properties)
        if kind == "buildsets":
            return succeed(self.buildsets.get(rest[0]))
        if kind == "builds":
            return succeed({"buildrequestid": rest[0]})
        if kind == "buildrequests":
            return succeed({"buildsetid": rest[0]})
        return succeed(self.changes)

    def change(self, **facts: Any) -> dict[str, Any]:
        described = {"branch": "main", "repository": "", "revision": "a1", "category": None}
        return {**described, "properties": {}, **facts}

    def complete(self, times: int = 1) -> Requester:
        origins = self.origins()
        for _ in range(times):
            found = origins.complete(self.build, requester_of(self.build))
            requester: Requester = self.successResultOf(Deferred.fromCoroutine(found))
        return requester

    def add(self, bsid: int, *, parent: int | None = None, reason: str = "") -> None:
        made: dict[str, Any] = {
            "parent_buildid": parent,
            "rebuilt_buildid": None,
            "sourcestamps": [],
        }
        self.buildsets[bsid] = {**made, "bsid": bsid, "reason": reason}

    def asked_by(self, *bsids: int) -> tuple[Any, ...]:
        """Return scheduler, forced and owner of a build for these buildsets."""
        self.build.requests = tuple(SimpleNamespace(bsid=bsid) for bsid in bsids)
        found = self.complete()
        return found.scheduler, found.forced, found.owner

    def test_who_asks(self) -> None:
        for bsid in (5, 6, 7, 8):
            self.add(bsid)
        self.add(9, reason="rebuild")
        nightly, forced = RequestRow("nightly"), RequestRow("form", "alice", forced=True)
        rebuilt = RequestRow("rebuild", "bob")
        self.note(b5=nightly, b6=forced, b7=forced._replace(owner="bob"), b9=rebuilt, b4=rebuilt)
        # Properties are of no importance.
        self.properties = {"scheduler": ("nightly", "Scheduler"), "owner": ("alice", "Scheduler")}
        for bsids, asked in (
            ((5,), ("nightly", False, None)),
            ((6,), ("form", True, "alice")),
            ((6, 6), ("form", True, "alice")),
            ((6, 7), ("form", True, None)),
            ((5, 6), (None, None, None)),
            ((9,), ("rebuild", False, "bob")),
            ((4,), ("rebuild", False, "bob")),
            ((8,), (None, None, None)),
            ((6, 8), (None, None, None)),
            ((99,), (None, None, None)),
            ((), (None, None, None)),
        ):
            self.assertEqual(self.asked_by(*bsids), asked, bsids)

    def test_who_asks_for_what_another_build_has_triggered(self) -> None:
        self.add(5)
        self.add(6, parent=5)
        self.add(7, parent=6)
        self.add(8, parent=5, reason="rebuild")
        self.add(9, parent=8)
        triggered = RequestRow("trigger")
        self.note(b5=RequestRow("form", "alice", forced=True), b6=triggered, b7=triggered)
        self.note(b8=RequestRow("rebuild"), b9=triggered)
        self.assertEqual(self.asked_by(6), ("trigger", False, "alice"))
        self.assertEqual(self.asked_by(7), ("trigger", False, "alice"))
        # Somebody has rebuilt it who is not known.
        self.assertEqual(self.asked_by(8), ("rebuild", False, None))
        self.assertEqual(self.asked_by(9), ("trigger", False, None))
        self.buildsets[5]["parent_buildid"] = 7
        self.note(b5=triggered)
        self.assertEqual(self.asked_by(7), ("trigger", False, None))
        del self.buildsets[5]
        self.assertEqual(self.asked_by(6), ("trigger", False, None))

    def test_what_brings_code_of_its_own_is_from_outside(self) -> None:
        self.changes = [self.change()]
        self.note(b4=RequestRow("rebuild"))
        self.assertIs(self.complete().outside, False)
        self.note(b4=RequestRow("try", "alice", outside=True))
        self.assertIs(self.complete().outside, True)

    def test_the_mark_of_a_request_follows(self) -> None:
        """Of something that was tried out without a patch."""
        self.changes = [self.change()]
        self.note(b1=RequestRow("try", "alice", outside=True), b4=RequestRow("rebuild"))
        self.assertIs(self.complete().outside, True)

    def test_a_request_that_is_noted_later_is_seen(self) -> None:
        origins = self.origins()
        self.add(5)
        self.build.requests = (SimpleNamespace(bsid=5),)

        def scheduler() -> str | None:
            found = origins.complete(self.build, requester_of(self.build))
            completed: Requester = self.successResultOf(Deferred.fromCoroutine(found))
            return completed.scheduler

        self.assertIsNone(scheduler())
        self.note(b5=RequestRow("nightly"))
        self.assertEqual(scheduler(), "nightly")
        self.note(b5=RequestRow("other"))
        self.assertEqual(scheduler(), "nightly")

    def test_the_mark_follows(self) -> None:
        for changes, patch, mark in (
            ([], None, None),
            ([self.change()], None, False),
            ([self.change(category="merge_request")], None, True),
            ([self.change()], {"level": 1, "body": b"", "subdir": ""}, True),
        ):
            self.changes = changes
            self.buildsets[1]["sourcestamps"][0]["patch"] = patch
            self.assertIs(self.complete().outside, mark)

    def test_an_own_mark_stays(self) -> None:
        self.changes = [self.change()]
        self.build.stamps = (Stamp("main", "app", category="pull"),)
        self.assertIs(self.complete().outside, True)

    def test_an_origin_that_is_gone_is_unknown(self) -> None:
        self.changes = [self.change()]
        del self.buildsets[1]
        self.assertIsNone(self.complete().outside)

    def test_builds_that_rebuild_each_other_end(self) -> None:
        self.buildsets[1]["rebuilt_buildid"] = 3
        self.assertIsNone(self.complete().outside)

    def test_a_revision_that_another_change_has_brought(self) -> None:
        self.build.stamps[0].revision = "a1"
        for changes, chosen in (
            ([], True),
            ([self.change()], False),
            ([self.change(category="note")], True),
            ([self.change(category="note"), self.change()], False),
            ([self.change(branch="dev")], True),
        ):
            self.changes = changes
            self.assertIs(self.complete().source_stamps[0].revision_chosen, chosen)

    def test_a_revision_that_came_from_outside(self) -> None:
        """Whoever builds it, as the last of a codebase or as what was triggered does."""
        self.buildsets[4]["rebuilt_buildid"] = None
        self.build.stamps[0].revision = "a1"
        inside, note = self.change(), self.change(branch="dev", category="note")
        for changes, outside in (
            ([], None),
            ([note], True),
            ([note, inside], None),
            ([note | {"revision": "A1"}], None),
            ([self.change(branch="dev")], None),
        ):
            self.changes = changes
            self.assertIs(self.complete().outside, outside)

    def test_what_a_dependent_scheduler_builds_again(self) -> None:
        """It passes on the source stamp of what the build 1 has triggered, and says no parent."""
        self.buildsets[4]["rebuilt_buildid"] = None
        self.execute("INSERT INTO buildsets VALUES (2, 1), (4, NULL)")
        self.execute("INSERT INTO buildset_sourcestamps VALUES (2, 7), (4, 7)")
        for category, outside in (("pull", True), (None, None)):
            self.changes = [self.change(category=category)]
            for revision in ("b2", None):
                self.build.stamps[0].revision = revision
                self.assertIs(self.complete().outside, outside if revision else None)

    def test_what_somebody_has_tried_is_built_again(self) -> None:
        """A request for it was cancelled, and is repeated."""
        self.buildsets[4]["rebuilt_buildid"] = None
        self.build.stamps[0].revision = "b2"
        self.execute("INSERT INTO buildset_sourcestamps VALUES (2, 7), (4, 7)")
        self.note(b2=RequestRow("nightly"), b3=RequestRow("try", outside=True))
        self.assertIsNone(self.complete().outside)
        self.note(b2=RequestRow("try", outside=True))
        self.assertIs(self.complete().outside, True)

    def test_a_revision_whose_change_is_forgotten(self) -> None:
        """It was built from outside before, as another source stamp."""
        self.buildsets[4]["rebuilt_buildid"] = None
        self.execute("INSERT INTO buildset_sourcestamps VALUES (2, 8), (4, 7)")
        self.execute("INSERT INTO sourcestamps VALUES (8, 'b2', NULL), (7, 'b2', NULL)")
        self.note(b2=RequestRow("changes", outside=True))
        for revision, outside in (("b2", True), ("b3", None), (None, None)):
            self.build.stamps[0].revision = revision
            self.assertIs(self.complete().outside, outside, revision)

    def test_the_database_is_asked_once(self) -> None:
        self.note(b4=RequestRow("rebuild"))
        self.complete()
        once, self.asked = self.asked, 0
        self.complete(times=3)
        self.assertEqual(self.asked, once)

    def test_it_is_the_same_object_while_nothing_changes(self) -> None:
        self.note(b4=RequestRow("rebuild"))
        origins, found = self.origins(), list[Requester]()

        def complete() -> None:
            requester = origins.complete(self.build, requester_of(self.build))
            found.append(self.successResultOf(Deferred.fromCoroutine(requester)))

        complete()
        complete()
        self.assertIs(found[0], found[1])
        self.build.workername = "another"
        complete()
        self.assertEqual((found[2].worker, found[2].scheduler), ("another", "rebuild"))
        self.build.stamps = (Stamp("feature", "app"),)
        complete()
        self.assertEqual(found[3].source_stamps[0].branch, "feature")

    def test_who_ask_at_once_share_what_is_found(self) -> None:
        self.note(b4=RequestRow("rebuild"))
        asked: list[Deferred[Any]] = []

        def get(*_: Any, **__: Any) -> Deferred[Any]:
            asked.append(Deferred())
            return asked[-1]

        self.patch(self, "get", get)
        origins, requester = self.origins(), requester_of(self.build)
        waiting = [
            Deferred.fromCoroutine(origins.complete(self.build, requester)) for _ in range(5)
        ]
        self.assertEqual(len(asked), 1)
        asked[0].errback(OSError())
        for each in waiting:
            self.failureResultOf(each, OSError)
        again = Deferred.fromCoroutine(origins.complete(self.build, requester))
        self.assertEqual(len(asked), 2)
        asked[1].errback(OSError())
        self.failureResultOf(again, OSError)

    def test_without_a_database_nobody_can_tell(self) -> None:
        origins = Origins(
            SimpleNamespace(data=SimpleNamespace(get=lambda _: fail(OSError()))), self.requests
        )
        found = origins.complete(self.build, requester_of(self.build))
        self.failureResultOf(Deferred.fromCoroutine(found), OSError)
