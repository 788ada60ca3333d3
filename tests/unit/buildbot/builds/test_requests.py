"""Who asks for a buildset, as it is noted when that is added."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

from buildbot.schedulers.basic import AnyBranchScheduler
from buildbot.schedulers.forcesched import ForceScheduler
from buildbot.schedulers.trysched import Try_Userpass
from twisted.internet.defer import Deferred, fail, succeed
from twisted.logger import capturedLogs, formatEvent
from twisted.trial.unittest import SynchronousTestCase

from buildbot_keychain.buildbot.builds import _requests
from buildbot_keychain.buildbot.builds._people import asking
from buildbot_keychain.buildbot.builds._requests import CHAT, Requests
from buildbot_keychain.buildbot.state import RequestRow
from tests.support.database_pool import DatabasePool


def stamp(ssid: int) -> dict[str, Any]:
    return {"ssid": ssid, "branch": "main", "patch": None}


class RequestsTests(SynchronousTestCase):
    """`Requests`."""

    def setUp(self) -> None:
        self.pool = DatabasePool()
        self.addCleanup(self.pool.engine.dispose)
        self.schedulers = [
            ForceScheduler("form", ["linux"]),
            Try_Userpass("try", ["linux"], 0, []),
            AnyBranchScheduler("commits", builderNames=["linux"]),
        ]
        self.requests = self.another()
        self.changes: dict[int, list[dict[str, Any]]] = {}

    def another(self) -> Requests:
        """Return what another master has on the same database."""
        master = SimpleNamespace(
            db=SimpleNamespace(pool=self.pool), data=self, allSchedulers=lambda: self.schedulers
        )
        return Requests(master)

    def get(self, path: tuple[Any, ...]) -> Any:
        """Return a buildset, or the changes of a source stamp."""
        if path[0] == "buildsets":
            made = {"parent_buildid": None, "rebuilt_buildid": None, "reason": "why"}
            return succeed({**made, "sourcestamps": [stamp(1), stamp(2)]})
        return succeed(self.changes.get(path[1], []))

    def of(self, bsid: int, requests: Requests | None = None) -> Any:
        reading = Deferred.fromCoroutine((requests or self.another()).of_buildsets([bsid]))
        return self.successResultOf(reading).get(bsid)

    def add(self, bsid: int, scheduler: object, person: str | None = "alice") -> Any:
        def add() -> Any:
            return self.requests.add_buildset(scheduler, lambda: succeed((bsid, {})))

        self.assertEqual(self.successResultOf(asking(person, add)), (bsid, {}))
        return self.of(bsid)

    def test_who_and_what(self) -> None:
        for number, (scheduler, row) in enumerate(
            {
                "form": RequestRow("form", "alice", forced=True),
                "try": RequestRow("try", "alice", outside=True),
                "rebuild": RequestRow("rebuild", "alice"),
                CHAT: RequestRow(CHAT, "alice", forced=True),
                # What a person does may make others act, which nobody has asked for.
                "commits": RequestRow("commits"),
                "gone": RequestRow("gone"),
                None: RequestRow(),
                5: RequestRow(),
            }.items()
        ):
            self.assertEqual(self.add(number, scheduler), row, scheduler)
            self.assertEqual(self.add(number, scheduler, None), row._replace(owner=None))

    def test_what_is_from_outside_when_it_is_requested(self) -> None:
        """The master may forget the change before it is built."""
        change: dict[str, Any] = {"branch": "main", "category": None, "properties": {}}
        self.changes = {1: [change]}
        self.assertIs(self.add(7, "commits").outside, False)
        for properties in ({"keychain_outside": (None, "Change")}, {}):
            self.changes[2] = [{**change, "category": "push", "properties": properties}]
            self.assertIs(self.add(8, "commits").outside, False)
        self.changes[2] = [change | {"category": "merge_request"}]
        self.assertIs(self.add(9, "commits").outside, True)

    def test_what_this_master_has_added_is_remembered(self) -> None:
        self.add(7, "form")
        self.add(8, "commits")
        buildset = {"parent_buildid": None, "rebuilt_buildid": None, "reason": "why"}
        rows = {7: RequestRow("form", "alice", forced=True), 8: RequestRow("commits")}
        wanted = {bsid: (buildset, row) for bsid, row in rows.items()}
        self.assertEqual(self.requests.added_here([7, 8]), wanted)
        self.assertEqual(self.requests.added_here([]), {})
        for bsids in ([9], [7, 9]):
            self.assertIsNone(self.requests.added_here(bsids))
        self.assertIsNone(self.another().added_here([7]))

    def test_what_could_not_be_noted_is_not_remembered(self) -> None:
        """Nor is what there was before of the same number."""
        self.add(7, "form")
        self.pool.execute("DROP TABLE keychain_requests")
        self.pool.execute("CREATE TABLE keychain_requests (something_else INTEGER)")
        self.requests.add_buildset("form", lambda: succeed((7, {})))
        self.assertIsNone(self.requests.added_here([7]))

    def test_how_many_are_remembered(self) -> None:
        self.patch(_requests, "_MOST_REMEMBERED", 2)
        self.requests = self.another()
        for bsid in (1, 2, 1, 3):
            self.add(bsid, "form")
        known = [bsid for bsid in range(5) if self.requests.added_here([bsid])]
        self.assertEqual(known, [1, 3])

    def test_a_build_that_begins_early(self) -> None:
        added: Deferred[Any] = Deferred()
        self.requests.add_buildset("form", lambda: added)
        reading = Deferred.fromCoroutine(self.requests.of_buildsets([7]))
        self.assertNoResult(reading)
        added.callback((7, {}))
        self.assertEqual(self.successResultOf(reading), {7: RequestRow("form", None, forced=True)})

    def test_one_that_is_not_added(self) -> None:
        adding = self.requests.add_buildset("form", lambda: fail(ZeroDivisionError()))
        self.failureResultOf(adding, ZeroDivisionError)
        self.assertIsNone(self.of(7, self.requests))

    def test_where_nothing_can_be_noted_builds_are_made_all_the_same(self) -> None:
        self.pool.execute("CREATE TABLE keychain_requests (something_else INTEGER)")
        with capturedLogs() as events:
            adding = self.requests.add_buildset("form", lambda: succeed((7, {})))
            self.assertEqual(self.successResultOf(adding), (7, {}))
        self.assertIn("who asked for the buildset 7 is not known", formatEvent(events[-1]))

    def test_rows_of_buildsets_that_are_gone_go(self) -> None:
        self.add(7, "form")
        self.successResultOf(self.another().clean_up())
        self.assertIsNotNone(self.of(7))
        self.pool.execute("CREATE TABLE buildsets (id INTEGER)")
        self.successResultOf(self.another().clean_up())
        self.assertIsNone(self.of(7))
