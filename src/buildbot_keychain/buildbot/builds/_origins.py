"""`Origins`: what only the master's database knows about where a build and its code come from.

The mark "from outside" follows triggers and rebuilds: the build of a merge request triggers another
one, whose source stamp has no changes, and a revision that a worker has printed. And a revision
that nobody's change of *this* build has brought may have been brought by another one, as that of a
build which was triggered or rebuilt.

The scheduler is the one that a buildset was made by. Buildbot stores it as a property of the
buildset, where no step of the build can write, and whose source tells it from what a change or a
person says. A rebuild copies that property, so it counts as made by ``rebuild``.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any
from weakref import WeakKeyDictionary

from buildbot.data.resultspec import Filter
from buildbot.process.buildrequest import TempChange, TempSourceStamp
from twisted.internet.defer import maybeDeferred

from buildbot_keychain.buildbot.builds._outside import is_brought_by, outside_of, united
from buildbot_keychain.buildbot.state import REBUILD, is_rebuild
from buildbot_keychain.details import Requester


@dataclass(frozen=True)
class _Origin:
    """Of a build.

    :param ancestors: the marks of all that it was triggered by, or rebuilds.
    :param chosen: the codebases whose revision no change from inside has brought.
    :param scheduler: what has made all of its buildsets.
    """

    ancestors: tuple[bool | None, ...]
    chosen: frozenset[str]
    scheduler: str | None


class Origins:
    """The origins of the builds of one master.

    :param master: Buildbot's ``BuildMaster``.
    """

    def __init__(self, master: Any) -> None:
        self._master = master
        self._known: WeakKeyDictionary[Any, _Origin] = WeakKeyDictionary()

    async def complete(self, build: Any, requester: Requester) -> Requester:
        """Return `requester`, made of Buildbot's `build`, with what the database knows.

        An error of the database is passed on: without it nobody can tell.
        """
        origin = self._known.get(build)
        if origin is None:
            buildsets = {r.bsid: await self._get("buildsets", r.bsid) for r in build.requests}
            origin = _Origin(
                await self._ancestors(buildsets.values()),
                await self._chosen(build),
                await self._scheduler(buildsets),
            )
            self._known[build] = origin
        stamps = tuple(
            replace(stamp, revision_chosen=stamp.codebase in origin.chosen)
            for stamp in requester.source_stamps
        )
        outside = requester.outside
        if origin.ancestors and outside is not True:
            inherited = united(origin.ancestors)
            outside = inherited if inherited or outside is None else outside
        return replace(requester, source_stamps=stamps, outside=outside, scheduler=origin.scheduler)

    async def _scheduler(self, buildsets: Mapping[int, Any]) -> str | None:
        """Return the scheduler of all `buildsets`, by their ids; ``None`` where they differ."""
        found = {await self._scheduler_of(*item) for item in buildsets.items()}
        return found.pop() if len(found) == 1 else None

    async def _scheduler_of(self, bsid: int, buildset: Any) -> str | None:
        if not buildset:
            return None
        if is_rebuild(buildset):
            return REBUILD
        properties = await self._get("buildsets", bsid, "properties") or {}
        name, source = properties.get("scheduler", (None, None))
        return name if source == "Scheduler" and isinstance(name, str) else None

    async def _chosen(self, build: Any) -> frozenset[str]:
        stamps = build.getAllSourceStamps()
        return frozenset([s.codebase or "" for s in stamps if not await self._is_brought(s)])

    async def _is_brought(self, stamp: Any) -> bool:
        if is_brought_by(stamp.changes, stamp):
            return True
        found = await self._get("changes", filters=[Filter("revision", "eq", [stamp.revision])])
        return is_brought_by(map(TempChange, found), stamp)

    async def _ancestors(self, buildsets: Iterable[Any]) -> tuple[bool | None, ...]:
        """Return the marks of the builds that a build with `buildsets` descends from."""
        marks: list[bool | None] = []
        seen: set[int] = set()
        builds = _parents(buildsets)
        while builds:
            buildid = builds.pop()
            if buildid in seen:
                continue
            seen.add(buildid)
            found = await self._get("builds", buildid)
            request = found and await self._get("buildrequests", found["buildrequestid"])
            buildset = request and await self._get("buildsets", request["buildsetid"])
            if not buildset:
                # It has been removed from the database.
                marks.append(None)
                continue
            marks += [await self._mark(stamp) for stamp in buildset["sourcestamps"]]
            builds += _parents([buildset])
        return tuple(marks)

    async def _mark(self, stamp: dict[str, Any]) -> bool | None:
        described = TempSourceStamp(stamp)
        changes = await self._get("sourcestamps", stamp["ssid"], "changes")
        described.changes = [TempChange(change) for change in changes]
        return outside_of(described)

    async def _get(self, *path: Any, **options: Any) -> Any:
        return await maybeDeferred(self._master.data.get, path, **options)


def _parents(buildsets: Iterable[Any]) -> list[int]:
    """Return the ids of the builds that triggered buildsets, or that they rebuild."""
    names = ("parent_buildid", "rebuilt_buildid")
    found = [each.get(name) for each in buildsets if each for name in names]
    return [buildid for buildid in found if buildid is not None]
