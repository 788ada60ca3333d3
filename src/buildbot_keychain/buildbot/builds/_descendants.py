"""`Descendants`: which builds are being made because another one asked for them.

A build is a child of the one that triggered it: Buildbot records that build as the parent of the
buildset. The build requests of such buildsets are noted when they are added and forgotten when they
are complete, which is after their builds have ended, retries included. So whoever descends from a
build is known without asking the database, also where the builds in between have ended.

Only what this master's process adds is known: a build and the requests that it makes are of one
process. A child that another master builds is noted here as well, but not there.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

from twisted.internet.defer import Deferred, DeferredList, maybeDeferred
from twisted.logger import Logger

from buildbot_keychain.deferreds import returns_deferred

_log = Logger()


@dataclass
class _Request:
    ancestors: tuple[int, ...]
    """The builds that it descends from, the nearest first."""
    builds: set[int] = field(default_factory=set)
    """What was built for it."""


class Descendants:
    """The descendants of the builds of one master.

    :param master: Buildbot's ``BuildMaster``.
    :ivar on_birth: what is called with the id of each new build that descends from others, and with
        theirs, before anything of that build can be written.
    :ivar on_end: called when something that descends from builds has ended.
    """

    def __init__(self, master: Any) -> None:
        self._master = master
        self._requests: dict[int, _Request] = {}
        self._adding: dict[Deferred[None], tuple[int, ...]] = {}
        self._subscribed = False
        self.on_birth: list[Callable[[int, tuple[int, ...]], None]] = []
        self.on_end: Callable[[], None] = lambda: None

    def add_buildset(self, parent: int | None, add: Callable[[], Any]) -> Any:
        """Return what `add` returns, which adds a buildset for the build with the id `parent`."""
        if parent is None:
            return add()
        self._subscribe()
        ancestors = (parent, *self._ancestors_of(parent))
        done: Deferred[None] = Deferred()
        self._adding[done] = ancestors

        def added(result: Any) -> Any:
            del self._adding[done]
            if isinstance(result, tuple):
                _bsid, requests = result
                self._requests.update((brid, _Request(ancestors)) for brid in requests.values())
            done.callback(None)
            return result

        return maybeDeferred(add).addBoth(added)

    @returns_deferred
    async def add_build(self, request: int, add: Callable[[], Any]) -> Any:
        """Return what `add` returns, which adds a build for the build request with this id."""
        # The request may be found by a builder before its buildset is added completely.
        await DeferredList(list(self._adding))
        added = await maybeDeferred(add)
        known = self._requests.get(request)
        if known is not None:
            buildid, _number = added
            known.builds.add(buildid)
            for each in self.on_birth:
                each(buildid, known.ancestors)
        return added

    def of(self, buildid: int) -> Iterator[int]:
        """Yield the ids of the builds, perhaps ended by now, that descend from a build."""
        for request in self._requests.values():
            if buildid in request.ancestors:
                yield from request.builds

    def are_expected(self, buildid: int) -> bool:
        """Return whether something that descends from a build runs or may still begin."""
        ancestors = [request.ancestors for request in self._requests.values()]
        return any(buildid in each for each in (*ancestors, *self._adding.values()))

    def _ancestors_of(self, buildid: int) -> tuple[int, ...]:
        for request in self._requests.values():
            if buildid in request.builds:
                return request.ancestors
        return ()

    def _subscribe(self) -> None:
        """Have the ends of build requests told, before the first that is to be known is added."""
        if not self._subscribed:
            self._subscribed = True
            ends = ("buildrequests", None, "complete")
            maybeDeferred(self._master.mq.startConsuming, self._ended, ends).addErrback(
                lambda failure: _log.failure("while subscribing to build requests", failure)
            )

    def _ended(self, _key: Any, message: Any) -> None:
        if self._requests.pop(message["buildrequestid"], None) is not None:
            self.on_end()
