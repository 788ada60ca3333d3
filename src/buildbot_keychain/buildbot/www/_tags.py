"""`StoreTags`: the tags of the secrets of encrypted stores, for searches; kept for a minute."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from twisted.internet.defer import TimeoutError as DeferredTimeout

from buildbot_keychain.deferreds import returns_deferred, within
from buildbot_keychain.errors import KeychainError
from buildbot_keychain.single_flight import SingleFlight

KEPT = 60.0
"""Seconds."""

DEADLINE = 10.0
"""Seconds that a store may take."""

MOST = 20_000
"""Secrets of a store whose tags are read."""

_PAGE = 500

OfStore = dict[str, tuple[str, ...]]


class StoreTags:
    """The tags of every secret that has some.

    :param stores: an `IStores`.
    :param clock: returns the reactor.
    """

    def __init__(self, stores: Any, clock: Callable[[], Any]) -> None:
        self._stores = stores
        self._clock = clock
        self._kept: dict[str, tuple[float, OfStore]] = {}
        self._flights = SingleFlight()

    @returns_deferred
    async def all(self) -> dict[str, OfStore]:
        """Return the tags by the names of secrets, by the names of stores."""
        names = self._stores.names
        self._kept = {name: kept for name, kept in self._kept.items() if name in names}
        return {name: await self._of(name) for name in names}

    async def _of(self, store: str) -> OfStore:
        clock = self._clock()
        until, found = self._kept.get(store, (0.0, {}))
        if clock.seconds() >= until:
            try:
                reading = self._flights.do(store, lambda: self._read(store))
                found = await within(DEADLINE, reading, clock)
            except (KeychainError, DeferredTimeout):  # its row says so
                found = {}
            self._kept[store] = clock.seconds() + KEPT, found
        return found

    async def _read(self, store: str) -> OfStore:
        tags: OfStore = {}
        after, count = "", 0
        while count < MOST and (page := await self._stores.page(store, after, _PAGE)):
            tags.update((one.name, one.metadata.tags) for one in page if one.metadata.tags)
            after, count = page[-1].name, count + len(page)
        return tags
