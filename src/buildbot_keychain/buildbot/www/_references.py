"""`ConfiguredReferences`: which secrets the configuration of a master names, and where.

A configuration is gone through once, a little at a time, when a page first wants to know.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Collection, Iterator
from functools import partial
from typing import Any

from twisted.internet.defer import Deferred
from twisted.internet.task import Cooperator
from twisted.logger import Logger
from twisted.python.failure import Failure

from buildbot_keychain.deferreds import SLICE, returns_deferred
from buildbot_keychain.errors import safe_summary
from buildbot_keychain.inspection import Place, Reference, places_in, references_at
from buildbot_keychain.patterns import matcher_of
from buildbot_keychain.single_flight import SingleFlight

_log = Logger()

MOST = 100_000
"""References that are kept."""

_PAUSE = 0.00001
"""Seconds between two parts of the work."""


class Index:
    """References, by what pages look for."""

    def __init__(self) -> None:
        self.count = 0
        self._computed: list[Reference] = []
        self._by_path: dict[str, list[Reference]] = {}
        self._perhaps: dict[str, list[Reference]] = {}
        self._by_builder: dict[str | None, set[str]] = {}

    def add(self, reference: Reference) -> None:
        """Add one, with a version in its name or without."""
        self.count += 1
        if reference.is_computed:
            self._computed.append(reference)
            return
        # A function may or may not look it up.
        if reference.in_code:
            self._perhaps.setdefault(reference.path, []).append(reference)
            return
        for path in {reference.path, reference.path.partition("@")[0]}:
            self._by_path.setdefault(path, []).append(reference)
            self._by_builder.setdefault(reference.place.builder, set()).add(path)

    def of(self, prefixes: Collection[str | None], path: str) -> list[tuple[Reference, bool]]:
        """Return where a path is named with one of some prefixes, and whether that is certain."""
        certain = self._by_path.get(path, ())
        computed = [each for each in self._computed if matcher_of(each.path)(path)]
        perhaps = [*self._perhaps.get(path, ()), *computed]
        found = [*((each, True) for each in certain), *((each, False) for each in perhaps)]
        return [(each, is_certain) for each, is_certain in found if each.provider in prefixes]

    def named_by(self, builders: Collection[str]) -> set[str]:
        """Return the paths, without a provider, that some builders name for certain."""
        return set().union(*(self._by_builder.get(builder, ()) for builder in builders))


class ConfiguredReferences:
    """Those of the newest configuration.

    :param config: returns Buildbot's ``MasterConfig``.
    :param clock: returns the reactor.
    """

    def __init__(self, config: Callable[[], Any], clock: Callable[[], Any]) -> None:
        self._config = config
        self._clock = clock
        self._of: object = None
        self._index = Index()
        self._flights = SingleFlight()

    @returns_deferred
    async def of(self, provider: Any, path: str) -> list[tuple[Reference, bool]]:
        """Return where a secret is named, each with whether that is certain.

        :param provider: the one that has it.
        :param path: its canonical name there.
        """
        prefixes = {None, provider.name, getattr(provider, "kind", None)}
        return (await self._current()).of(prefixes, path)

    @returns_deferred
    async def named_by(self, builders: Collection[str]) -> set[str]:
        """Return the paths, without a provider, that some builders name for certain."""
        return (await self._current()).named_by(builders)

    @returns_deferred
    async def prepare(self) -> None:
        """Go through the configuration before a page needs it."""
        await self._current()

    async def _current(self) -> Index:
        config = self._config()
        if self._of is not config:
            index = await self._flights.do(id(config), partial(self._read, config))
            self._of, self._index = config, index
        return self._index

    async def _read(self, config: Any) -> Index:
        index = Index()

        def read() -> Iterator[None]:
            for place in places_in(config):
                if index.count < MOST:
                    for reference in _found_at(place):
                        index.add(reference)
                yield

        clock = self._clock()
        cooperator = Cooperator(_slice, lambda do: clock.callLater(_PAUSE, do))
        done: Deferred[Any] = cooperator.cooperate(read()).whenDone()
        await done
        return index


def _slice() -> Callable[[], bool]:
    """Return a function of whether a part of the work has taken long enough."""
    until = time.perf_counter() + SLICE
    return lambda: time.perf_counter() >= until


def _found_at(place: Place) -> list[Reference]:
    """Return what a place names; nothing where its arguments are of a kind that nobody can read."""
    found: list[Reference] = []
    try:
        found.extend(references_at(place))
    except Exception:  # noqa: BLE001 - the arguments may be anything
        text = "which secrets {place} names cannot be told: {why}"
        _log.warn(text, place=place.words, why=safe_summary(Failure()))
    return found
