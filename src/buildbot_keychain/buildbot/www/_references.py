"""`ConfiguredReferences`: which secrets the configuration of a master names, and where.

A configuration is gone through once, a little at a time, when a page first wants to know.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator
from typing import Any

from twisted.internet.defer import Deferred
from twisted.internet.task import Cooperator

from buildbot_keychain.deferreds import returns_deferred
from buildbot_keychain.inspection import Reference, places_in, references_at
from buildbot_keychain.patterns import matcher_of
from buildbot_keychain.single_flight import SingleFlight

MOST = 100_000
"""References that are kept."""


class ConfiguredReferences:
    """Those of the newest configuration.

    :param config: returns Buildbot's ``MasterConfig``.
    :param clock: returns the reactor.
    """

    def __init__(self, config: Callable[[], Any], clock: Callable[[], Any]) -> None:
        self._config = config
        self._clock = clock
        self._of: object = None
        self._found: list[Reference] = []
        self._flights = SingleFlight()

    @returns_deferred
    async def all(self) -> list[Reference]:
        """Return all of them."""
        config = self._config()
        if self._of is not config:
            found: list[Reference] = await self._flights.do(id(config), lambda: self._read(config))
            self._of, self._found = config, found
        return self._found

    @returns_deferred
    async def of(self, provider: Any, path: str) -> list[tuple[Reference, bool]]:
        """Return where a secret is named, each with whether that is certain.

        :param provider: the one that has it.
        :param path: its canonical name there.
        """
        prefixes = {None, provider.name, getattr(provider, "kind", None)}
        found = []
        for each in await self.all():
            if each.provider in prefixes:
                spelled = each.path
                if each.is_computed and matcher_of(spelled)(path):
                    found.append((each, False))
                elif spelled == path or spelled.partition("@")[0] == path:
                    found.append((each, True))
        return sorted(found, key=lambda pair: not pair[1])

    @returns_deferred
    async def named_by(self, builders: Collection[str]) -> set[str]:
        """Return the paths, without a provider, that some builders name for certain."""
        return {
            path
            for each in await self.all()
            if each.place.builder in builders and not each.is_computed
            for path in (each.path, each.path.partition("@")[0])
        }

    async def _read(self, config: Any) -> list[Reference]:
        found: list[Reference] = []

        def read() -> Iterator[None]:
            for place in places_in(config):
                if len(found) < MOST:
                    found.extend(references_at(place))
                yield

        clock = self._clock()
        cooperator = Cooperator(scheduler=lambda do: clock.callLater(0.00001, do))
        done: Deferred[Any] = cooperator.cooperate(read()).whenDone()
        await done
        return found
