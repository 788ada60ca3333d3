"""What a build is, for people who are asked to approve that it is given a secret.

They approve one build request, at the revisions that its buildset has, which never change. So a
retry is the same, and a rebuild, or what a build triggers, is another one. A revision counts only
if a change has brought it or a person has asked for it. Whatever else is built, such as what a
Trigger passes on, may be what a worker has printed; and "the newest" is whatever somebody pushes
meanwhile. All of this is read in the database: no property of a build has a say.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from buildbot.data.resultspec import Filter
from buildbot.reporters.utils import getURLForBuild
from twisted.internet.defer import maybeDeferred

from buildbot_keychain.approvals import Revision
from buildbot_keychain.buildbot.approvals._source_steps import why_not_pinned
from buildbot_keychain.buildbot.builds import Origins, Requests
from buildbot_keychain.details import Requester

_COMMIT = re.compile(r"[0-9a-f]{40}|[0-9a-f]{64}", re.IGNORECASE)
_NUMBER = re.compile(r"[0-9]{1,12}")
"""A revision of Subversion or Perforce."""

_MOST_PEOPLE = 1000
"""People who do not count: who writes more changes than that is not asked about."""


class CannotBeApprovedError(Exception):
    """Why nobody can approve anything for a build, as the end of a sentence."""


@dataclass(frozen=True)
class Subject:
    """A build request, at its revisions.

    :param identity: what is the same for its retries, and for nothing else.
    :param excluded: those who do not count among who approves.
    :param outside: whether the code comes from outside; ``None`` if nobody knows.
    """

    build_request: int
    identity: tuple[str, ...]
    builder: str
    revisions: tuple[Revision, ...]
    scheduler: str | None
    owner: str | None
    reason: str
    excluded: tuple[str, ...]
    outside: bool | None
    build: int | None
    build_url: str | None


class Subjects:
    """The subjects of one master's builds.

    :param master: Buildbot's ``BuildMaster``.
    """

    def __init__(self, master: Any, origins: Origins, requests: Requests) -> None:
        self._master = master
        self._origins = origins
        self._requests = requests

    async def of(self, build: Any, requester: Requester) -> Subject:
        """Return what is approved for Buildbot's `build`.

        An error of the database is passed on.

        :raise CannotBeApprovedError: when nothing can be.
        """
        if len(build.requests) != 1:
            raise CannotBeApprovedError("it was made for several build requests")
        (request,) = build.requests
        lineage = await self._origins.lineage(request.bsid)
        if not lineage:
            raise CannotBeApprovedError("its buildset is not in the database")
        buildset, _ = lineage[0]
        stamps = sorted(buildset["sourcestamps"], key=lambda stamp: stamp["codebase"])
        if not stamps:
            raise CannotBeApprovedError("nothing says what it builds")
        changes = [await self._changes_of(stamp) for stamp in stamps]
        for stamp, brought in zip(stamps, changes, strict=True):
            await self._require_known(stamp, brought)
        problem = why_not_pinned(build)
        if problem:
            raise CannotBeApprovedError(problem)
        builderid = await maybeDeferred(build.builder.getBuilderId)
        since = await self._get("builds", build.buildid, "changes")
        before = [s for each, _ in lineage[1:] for s in each["sourcestamps"]]
        changes += [await self._changes_of(stamp) for stamp in before]
        people = {row.owner for _, row in lineage if row is not None and row.owner}
        people.update(_authors(change for some in (*changes, since) for change in some))
        if len(people) > _MOST_PEOPLE:
            raise CannotBeApprovedError(f"its changes have more than {_MOST_PEOPLE} authors")
        known = {each.codebase for each in requester.source_stamps if not each.revision_chosen}
        revisions = tuple(_revision(stamp, known) for stamp in stamps)
        builder = build.builder.name
        return Subject(
            build_request=request.id,
            identity=(
                builder,
                *(str(fact) for fact in (request.id, request.bsid, buildset["submitted_at"])),
                *(repr(revision) for revision in revisions),
            ),
            builder=builder,
            revisions=revisions,
            scheduler=requester.scheduler,
            owner=requester.owner,
            reason=buildset["reason"] or "",
            excluded=tuple(sorted(people)),
            outside=requester.outside,
            build=build.number,
            build_url=getURLForBuild(self._master, builderid, build.number),
        )

    async def _require_known(self, stamp: Mapping[str, Any], changes: Iterable[Any]) -> None:
        """Raise an error unless a change or a person says which revision is built."""
        of = f" of the codebase {stamp['codebase']!r}" if stamp["codebase"] else ""
        revision = stamp["revision"]
        if stamp["patch"]:
            raise CannotBeApprovedError(f"the code{of} is patched, and no revision says how")
        if not revision:
            raise CannotBeApprovedError(
                f"it builds whatever revision{of} is the newest: ask for a build of a revision"
            )
        is_commit = _COMMIT.fullmatch(revision) is not None
        if not is_commit and not _NUMBER.fullmatch(revision):
            raise CannotBeApprovedError(
                f"the revision{of} is not the whole id of a commit, so it may become another one"
            )
        repository = stamp["repository"] or ""
        for change in changes:
            if (change["revision"], change["repository"] or "") == (revision, repository):
                return
        if not is_commit or not await self._requests.asked_by_people([stamp["ssid"]]):
            raise CannotBeApprovedError(
                f"no change has brought the revision{of}, and nobody has asked for it: "
                "a worker may have reported it"
            )

    async def _changes_of(self, stamp: Mapping[str, Any]) -> list[Any]:
        found = list(await self._get("sourcestamps", stamp["ssid"], "changes"))
        if stamp["revision"]:
            filters = [Filter("revision", "eq", [stamp["revision"]])]
            found += await self._get("changes", filters=filters)
        return found

    async def _get(self, *path: Any, **options: Any) -> Any:
        return await maybeDeferred(self._master.data.get, path, **options)


def _authors(changes: Iterable[Mapping[str, Any]]) -> set[str]:
    names = (change.get(name) for change in changes for name in ("author", "committer"))
    return {name.strip() for name in names if isinstance(name, str) and name.strip()}


def _revision(stamp: Mapping[str, Any], known: Collection[str]) -> Revision:
    """Return what a source stamp says.

    :param known: the codebases whose revisions are known to be of their branches.
    """
    codebase = stamp["codebase"] or ""
    return Revision(
        codebase=codebase,
        repository=stamp["repository"] or "",
        branch=stamp["branch"],
        revision=stamp["revision"],
        project=stamp["project"] or "",
        brought=codebase in known,
    )
