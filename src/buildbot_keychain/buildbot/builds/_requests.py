"""`Requests`: who has asked for which builds, noted when a buildset is added.

A buildset's properties name its scheduler and owner as well, but a change, a form without a login
and a rebuild can choose them. What is noted here comes from the scheduler that adds it and the
login of the person for whom it does so. It is kept beside the buildset, for other masters and after
a restart. A buildset of which nothing could be noted is of nobody. None of it ever changes, so what
this master has added itself is remembered as well: its builds need not read it.

That it is from outside is noted as well. A master may forget old changes (``changeHorizon``), so
whoever can make many could otherwise have the one of a request forgotten that waits to be built.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from typing import Any, NamedTuple

from buildbot.schedulers.dependent import Dependent
from buildbot.schedulers.forcesched import ForceScheduler
from buildbot.schedulers.trysched import TryBase
from twisted.internet.defer import Deferred, DeferredList, maybeDeferred
from twisted.logger import Logger

from buildbot_keychain.buildbot.builds._marks import mark_of
from buildbot_keychain.buildbot.builds._people import who_is_asking
from buildbot_keychain.buildbot.state import (
    REBUILD,
    BuiltBefore,
    DatabaseProblemError,
    RequestRow,
    RequestsTable,
    Writes,
)
from buildbot_keychain.deferreds import returns_deferred
from buildbot_keychain.latest import Latest

CHAT = "status.words"
"""What Buildbot calls the scheduler of builds that somebody asks for in a chat."""

_MOST_REMEMBERED = 10_000
"""Buildsets of which it is remembered who asked for them, the newest."""

_OF_BUILDSETS = ("parent_buildid", "rebuilt_buildid", "reason")

_log = Logger()


class AddedBuildset(NamedTuple):
    """A buildset that this master has added.

    :param buildset: what it descends from, and why it was added, as Buildbot's data API says it.
    :param row: who asked for it.
    """

    buildset: dict[str, Any]
    row: RequestRow


class Requests:
    """The requests for builds of one master.

    :param master: Buildbot's ``BuildMaster``.
    :param writes: writes to its database, others too.
    """

    def __init__(self, master: Any, writes: Writes | None = None) -> None:
        self._master = master
        self._table = RequestsTable(master, writes)
        self._adding: set[Deferred[None]] = set()
        self._added: Latest[int, AddedBuildset] = Latest(_MOST_REMEMBERED)  # by number

    @returns_deferred
    async def add_buildset(self, scheduler: object, add: Callable[[], Any]) -> Any:
        """Return what `add` returns, which adds a buildset, when it is noted who asked for it.

        :param scheduler: the name of what makes it.
        """
        row = self._row(scheduler if isinstance(scheduler, str) else None)
        done: Deferred[None] = Deferred()
        self._adding.add(done)
        try:
            added = await maybeDeferred(add)
            if isinstance(added, tuple):
                await self._note(added[0], row)
            return added
        finally:
            self._adding.discard(done)
            done.callback(None)

    def added_here(self, bsids: Collection[int]) -> dict[int, AddedBuildset] | None:
        """Return what is known of buildsets, by their numbers, without a look at the database.

        :return: ``None`` unless this master has added all of them, not long ago.
        """
        if not self._added.keys() >= set(bsids):
            return None
        return {bsid: self._added[bsid] for bsid in bsids}

    async def of_buildsets(self, bsids: Collection[int]) -> dict[int, RequestRow]:
        """Return what is known of buildsets, by their numbers.

        An error of the database is passed on.
        """
        found = await self._table.read(bsids)
        if len(found) < len(bsids) and self._adding:
            # A build may begin before its buildset is added completely.
            await DeferredList(list(self._adding))
            found = await self._table.read(bsids)
        return found

    async def built_before(
        self, ssids: Collection[int], revision: str | None = None
    ) -> BuiltBefore:
        """Return what asked for builds of source stamps, by their numbers, and of a revision.

        An error of the database is passed on.
        """
        return await self._table.built_before(ssids, revision)

    async def asked_by_people(self, ssids: Collection[int]) -> set[int]:
        """Return those of some source stamps, by their numbers, that a person has asked for.

        An error of the database is passed on.
        """
        return await self._table.asked_by_people(ssids)

    @returns_deferred
    async def clean_up(self) -> None:
        """Remove what is known of buildsets that there are no more; never fails."""
        try:
            await self._table.remove_missing()
        except Exception as error:  # noqa: BLE001 - they go at the next start
            _log.debug("requests: removed later ({kind})", kind=type(error).__name__)

    def _row(self, scheduler: str | None) -> RequestRow:
        person = who_is_asking()
        if scheduler in (REBUILD, CHAT):
            return RequestRow(scheduler, person, forced=scheduler == CHAT)
        found = [each for each in self._master.allSchedulers() if each.name == scheduler]
        if any(isinstance(each, ForceScheduler) for each in found):
            return RequestRow(scheduler, person, forced=True)
        if any(isinstance(each, TryBase) for each in found):
            return RequestRow(scheduler, person, outside=True)
        return RequestRow(scheduler, outside=self._follows_try(found))

    def _follows_try(self, schedulers: list[Any]) -> bool:
        """Return whether one of the schedulers builds again what somebody has tried."""
        seen: set[str] = set()
        while schedulers:
            each = schedulers.pop()
            if isinstance(each, TryBase):
                return True
            if isinstance(each, Dependent) and each.upstream_name not in seen:
                seen.add(each.upstream_name)
                known = self._master.allSchedulers()
                schedulers += [one for one in known if one.name == each.upstream_name]
        return False

    async def _note(self, bsid: int, row: RequestRow) -> None:
        self._added.pop(bsid, None)
        try:
            buildset = None
            if not row.outside:
                buildset = await maybeDeferred(self._master.data.get, ("buildsets", bsid))
                row = row._replace(outside=await self._is_from_outside(buildset))
            await self._table.write(bsid, row)
            if buildset is not None:
                self._remember(bsid, buildset, row)
        except Exception as error:  # noqa: BLE001 - whoever has added it has done so
            known = isinstance(error, DatabaseProblemError)
            problem = str(error) if known else type(error).__name__
            _log.error(
                "who asked for the buildset {bsid} is not known: the table keychain_requests of "
                "the master's database cannot be used ({problem}); allow the master to create, "
                "read and write it",
                bsid=bsid,
                problem=problem,
            )

    def _remember(self, bsid: int, buildset: dict[str, Any], row: RequestRow) -> None:
        facts = {name: buildset.get(name) for name in _OF_BUILDSETS}
        self._added[bsid] = AddedBuildset(facts, row)

    async def _is_from_outside(self, buildset: Any) -> bool:
        """Return whether a buildset is known to be from outside now."""
        return True in [await mark_of(self._master, each) for each in buildset["sourcestamps"]]
