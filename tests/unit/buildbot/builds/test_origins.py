from __future__ import annotations

from types import SimpleNamespace
from typing import Any

from twisted.internet.defer import Deferred, fail, succeed
from twisted.trial.unittest import SynchronousTestCase

from buildbot_keychain.buildbot.builds._origins import Origins
from buildbot_keychain.buildbot.builds._requesters import requester_of
from buildbot_keychain.details import Requester
from tests.support.builds import FakeBuild, Stamp


class OriginsTests(SynchronousTestCase):
    """Build 1 is the origin; 2 was triggered by it, 3 rebuilds 2, and so does the build here."""

    def setUp(self) -> None:
        self.build = FakeBuild()
        forced = Stamp("main", "app")
        forced.changes = []
        self.build.stamps = (forced,)
        self.build.requests = (SimpleNamespace(bsid=4),)
        self.buildsets: dict[int, Any] = {
            1: {"sourcestamps": [{"ssid": 1, "branch": "main", "patch": None}]},
            2: {"parent_buildid": 1, "sourcestamps": []},
            3: {"rebuilt_buildid": 2, "sourcestamps": []},
            4: {"rebuilt_buildid": 3, "sourcestamps": []},
        }
        self.changes: list[dict[str, Any]] = []
        self.properties: dict[str, Any] = {"scheduler": ("nightly", "Scheduler")}
        self.asked = 0

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
        origins = Origins(SimpleNamespace(data=self))
        for _ in range(times):
            found = origins.complete(self.build, requester_of(self.build))
            requester: Requester = self.successResultOf(Deferred.fromCoroutine(found))
        return requester

    def test_the_scheduler(self) -> None:
        made: dict[str, Any] = {"parent_buildid": None, "rebuilt_buildid": None, "sourcestamps": []}
        self.buildsets[5] = {**made, "reason": "periodic"}
        self.buildsets[6] = {**made, "reason": "rebuild"}
        for bsids, properties, scheduler in (
            ([5], {"scheduler": ("nightly", "Scheduler")}, "nightly"),
            ([5, 5], {"scheduler": ("nightly", "Scheduler")}, "nightly"),
            ([5], {"scheduler": ("nightly", "Change")}, None),
            ([5], {"scheduler": (5, "Scheduler")}, None),
            ([5], {}, None),
            ([6], {"scheduler": ("nightly", "Scheduler")}, "rebuild"),
            ([4], {"scheduler": ("nightly", "Scheduler")}, "rebuild"),
            ([4, 5], {"scheduler": ("nightly", "Scheduler")}, None),
            ([7], {"scheduler": ("nightly", "Scheduler")}, None),
            ([], {}, None),
        ):
            self.build.requests = tuple(SimpleNamespace(bsid=bsid) for bsid in bsids)
            self.properties = properties
            self.assertEqual(self.complete().scheduler, scheduler, (bsids, properties))

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

    def test_the_database_is_asked_once(self) -> None:
        self.complete()
        once, self.asked = self.asked, 0
        self.complete(times=3)
        self.assertEqual(self.asked, once)

    def test_without_a_database_nobody_can_tell(self) -> None:
        origins = Origins(SimpleNamespace(data=SimpleNamespace(get=lambda _: fail(OSError()))))
        found = origins.complete(self.build, requester_of(self.build))
        self.failureResultOf(Deferred.fromCoroutine(found), OSError)
