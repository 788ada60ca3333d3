"""`Origins`: what only the master's database knows about where a build and its code come from.

The mark "from outside" follows triggers and rebuilds: the build of a merge request triggers another
one, whose source stamp has no changes, and a revision that a worker has printed. And a revision
that nobody's change of *this* build has brought may have been brought by another one, as that of a
build which was triggered or rebuilt. Nor does a source stamp say whose it is: a scheduler that
builds again what another one has built passes it on, so whatever has built it counts.

The scheduler, and the person who has asked for a build, are those of `Requests`. A build that
another one has triggered was asked for by whoever has asked for that one. A rebuild is of whoever
rebuilds, and its scheduler is ``rebuild``.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, replace
from functools import partial
from typing import Any, NamedTuple
from weakref import WeakKeyDictionary

from buildbot.data.resultspec import Filter
from buildbot.process.buildrequest import TempChange
from twisted.internet.defer import maybeDeferred

from buildbot_keychain.buildbot.builds._marks import mark_of
from buildbot_keychain.buildbot.builds._outside import (
    is_brought_by,
    is_from_outside,
    united,
)
from buildbot_keychain.buildbot.builds._property_sources import codebases_of_properties
from buildbot_keychain.buildbot.builds._requests import Requests
from buildbot_keychain.buildbot.state import REBUILD, RequestRow, is_rebuild
from buildbot_keychain.details import Requester
from buildbot_keychain.single_flight import SingleFlight


@dataclass(frozen=True)
class _Origin:
    """Of a build.

    :param ancestors: the marks of all that it was triggered by, or rebuilds.
    :param chosen: the codebases whose revision no change from inside has brought.
    :param outside: whether a request for it brings code of its own, or a revision from outside.
    """

    ancestors: tuple[bool | None, ...]
    chosen: frozenset[str]
    scheduler: str | None
    forced: bool | None
    owner: str | None
    outside: bool


class _Completed(NamedTuple):
    """A requester that was completed, and of what."""

    origin: _Origin
    named: AbstractSet[str]
    requester: Requester
    found: Requester


class Origins:
    """The origins of the builds of one master.

    :param master: Buildbot's ``BuildMaster``.
    :param requests: what is known of the requests for its builds.
    """

    def __init__(self, master: Any, requests: Requests) -> None:
        self._master = master
        self._requests = requests
        self._known: WeakKeyDictionary[Any, _Origin] = WeakKeyDictionary()
        self._finding = SingleFlight()
        self._completed: WeakKeyDictionary[Any, _Completed] = WeakKeyDictionary()

    def knows(self, build: Any) -> bool:
        """Return whether `complete` returns the same of a build while its properties stay."""
        return build in self._known

    async def complete(self, build: Any, requester: Requester) -> Requester:
        """Return `requester`, made of Buildbot's `build`, with what the database knows.

        While that stays what it is, it is the same object: what is known of that is kept for it.
        An error of the database is passed on: without it nobody can tell.
        """
        origin = self._known.get(build)
        if origin is None:
            origin = await self._finding.do(build, partial(self._find, build))
        # Steps may set properties, so that is not remembered.
        named = codebases_of_properties(build)
        completed = self._completed.get(build)
        if completed is None or completed[:3] != (origin, named, requester):
            found = _completed(requester, origin, named)
            completed = self._completed[build] = _Completed(origin, named, requester, found)
        return completed.found

    async def _find(self, build: Any) -> _Origin:
        buildsets, known = await self._asked_for({r.bsid for r in build.requests})
        origin = await self._origin(build, buildsets, known)
        if len(known) == len(buildsets):  # another master may be adding one
            self._known[build] = origin
        return origin

    async def _asked_for(
        self, bsids: AbstractSet[int]
    ) -> tuple[Mapping[int, Any], Mapping[int, RequestRow]]:
        """Return buildsets by their numbers, and what is known of who has asked for them."""
        added = self._requests.added_here(bsids)
        if added is not None:
            buildsets = {bsid: each.buildset for bsid, each in added.items()}
            return buildsets, {bsid: each.row for bsid, each in added.items()}
        buildsets = {bsid: await self._get("buildsets", bsid) for bsid in bsids}
        return buildsets, await self._requests.of_buildsets(buildsets)

    async def _origin(
        self, build: Any, buildsets: Mapping[int, Any], known: Mapping[int, RequestRow]
    ) -> _Origin:
        ancestors = await self._marks_of(_parents(buildsets.values()))
        chosen, brings_outside = await self._chosen(build)
        schedulers, forced, owners = set(), set(), set()
        for bsid, buildset in buildsets.items():
            row = known.get(bsid)
            repeated = bool(buildset) and is_rebuild(buildset)
            schedulers.add(REBUILD if repeated else row and row.scheduler)
            forced.add(False if repeated else row and row.forced)
            owners.add(await self._owner(buildset, row))
        return _Origin(
            ancestors=ancestors,
            chosen=chosen,
            scheduler=_common(schedulers),
            forced=_common(forced),
            owner=_common(owners),
            outside=brings_outside or any(row.outside for row in known.values()),
        )

    async def _owner(self, buildset: Any, row: RequestRow | None) -> str | None:
        """Return who has asked for a buildset, or for what has triggered its builds."""
        seen: set[int] = set()
        while buildset and row is not None:
            parent = buildset.get("parent_buildid")
            if row.owner is not None or is_rebuild(buildset) or parent is None or parent in seen:
                return row.owner
            if row.forced or row.outside:
                return None
            seen.add(parent)
            buildset = await self._buildset_of(parent)
            bsid = buildset and buildset["bsid"]
            row = (await self._requests.of_buildsets([bsid])).get(bsid) if buildset else None
        return None

    async def _chosen(self, build: Any) -> tuple[frozenset[str], bool]:
        """Return the codebases whose revision was chosen, and whether one is from outside.

        It is if a change from outside has brought it, to whatever branch, and none from inside has
        brought it to this one.
        """
        chosen, outside = set(), False
        for stamp in build.getAllSourceStamps():
            if is_brought_by(stamp.changes, stamp):
                continue
            filters = [Filter("revision", "eq", [stamp.revision])]
            found = await self._get("changes", filters=filters) if stamp.revision else ()
            changes = [TempChange(change) for change in found]
            if not is_brought_by(changes, stamp):
                chosen.add(stamp.codebase or "")
                same = (each for each in changes if each.revision == stamp.revision)
                outside = outside or any(map(is_from_outside, same))
                outside = outside or await self._was_outside(stamp)
        return frozenset(chosen), outside

    async def _was_outside(self, stamp: Any) -> bool:
        """Return whether a source stamp has been built from outside before, or its revision.

        The change that has brought it may be forgotten by now.
        """
        before = await self._requests.built_before([stamp.ssid], stamp.revision)
        return before.outside or True in await self._marks_of(before.parents)

    async def _marks_of(self, buildids: Iterable[int]) -> tuple[bool | None, ...]:
        """Return the marks of builds, and of those that they descend from."""
        marks: list[bool | None] = []
        seen: set[int] = set()
        builds = list(buildids)
        while builds:
            buildid = builds.pop()
            if buildid in seen:
                continue
            seen.add(buildid)
            buildset = await self._buildset_of(buildid)
            if not buildset:
                # It has been removed from the database.
                marks.append(None)
                continue
            row = (await self._requests.of_buildsets([buildset["bsid"]])).get(buildset["bsid"])
            if row is not None and row.outside:
                marks.append(True)
            marks += [await mark_of(self._master, stamp) for stamp in buildset["sourcestamps"]]
            builds += _parents([buildset])
        return tuple(marks)

    async def _buildset_of(self, buildid: int) -> Any:
        """Return the buildset that a build was made for; ``None`` if it is there no more."""
        found = await self._get("builds", buildid)
        request = found and await self._get("buildrequests", found["buildrequestid"])
        return request and await self._get("buildsets", request["buildsetid"])

    async def lineage(self, bsid: int) -> list[tuple[Any, RequestRow | None]]:
        """Return a buildset and all that its builds descend from or rebuild, the buildset first.

        With each is what is known of who has asked for it.
        """
        found: dict[int, tuple[Any, RequestRow | None]] = {}
        buildsets = [await self._get("buildsets", bsid)]
        while buildsets:
            buildset = buildsets.pop()
            if buildset and buildset["bsid"] not in found:
                known = await self._requests.of_buildsets([buildset["bsid"]])
                found[buildset["bsid"]] = buildset, known.get(buildset["bsid"])
                buildsets += [await self._buildset_of(each) for each in _parents([buildset])]
        return list(found.values())

    async def _get(self, *path: Any, **options: Any) -> Any:
        return await maybeDeferred(self._master.data.get, path, **options)


def _completed(requester: Requester, origin: _Origin, named: AbstractSet[str]) -> Requester:
    """Return `requester` with what is known of where its build comes from.

    :param named: the codebases of which properties name what is built.
    """
    chosen = origin.chosen | named
    stamps = tuple(
        replace(stamp, revision_chosen=stamp.codebase in chosen)
        for stamp in requester.source_stamps
    )
    outside = True if origin.outside or named else requester.outside
    if origin.ancestors and outside is not True:
        inherited = united(origin.ancestors)
        outside = inherited if inherited or outside is None else outside
    return replace(
        requester,
        source_stamps=stamps,
        outside=outside,
        scheduler=origin.scheduler,
        forced=origin.forced,
        owner=origin.owner,
    )


def _common(values: set[Any]) -> Any:
    """Return the one of some values that all have; ``None`` where they differ."""
    return values.pop() if len(values) == 1 else None


def _parents(buildsets: Iterable[Any]) -> list[int]:
    """Return the ids of the builds that triggered buildsets, or that they rebuild."""
    names = ("parent_buildid", "rebuilt_buildid")
    found = [each.get(name) for each in buildsets if each for name in names]
    return [buildid for buildid in found if buildid is not None]
