"""`StoreTags`: the tags of the secrets of encrypted stores, and who alone may have them.

For searches and long lists; kept for a minute.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
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


@dataclass
class _Facts:
    tags: OfStore = field(default_factory=dict)
    allowed: OfStore = field(default_factory=dict)


class StoreTags:
    """The tags of every secret that has some, and the builders of every one that is limited.

    :param stores: an `IStores`.
    :param clock: returns the reactor.
    """

    def __init__(self, stores: Any, clock: Callable[[], Any]) -> None:
        self._stores = stores
        self._clock = clock
        self._kept: dict[str, tuple[float, _Facts]] = {}
        self._flights = SingleFlight()

    @returns_deferred
    async def all(self) -> dict[str, OfStore]:
        """Return the tags by the names of secrets, by the names of stores."""
        return {name: facts.tags for name, facts in (await self._all()).items()}

    @returns_deferred
    async def allowed(self) -> dict[str, OfStore]:
        """Return the patterns of builders that alone may have a secret, by the same names."""
        return {name: facts.allowed for name, facts in (await self._all()).items()}

    async def _all(self) -> dict[str, _Facts]:
        names = self._stores.names
        self._kept = {name: kept for name, kept in self._kept.items() if name in names}
        return {name: await self._of(name) for name in names}

    async def _of(self, store: str) -> _Facts:
        clock = self._clock()
        until, found = self._kept.get(store, (0.0, _Facts()))
        if clock.seconds() >= until:
            try:
                reading = self._flights.do(store, lambda: self._read(store))
                found = await within(DEADLINE, reading, clock)
            except (KeychainError, DeferredTimeout):  # its row says so
                found = _Facts()
            self._kept[store] = clock.seconds() + KEPT, found
        return found

    async def _read(self, store: str) -> _Facts:
        facts = _Facts()
        after, count = "", 0
        while count < MOST and (page := await self._stores.page(store, after, _PAGE)):
            for one in page:
                if one.metadata.tags:
                    facts.tags[one.name] = one.metadata.tags
                if one.metadata.allowed is not None:
                    facts.allowed[one.name] = one.metadata.allowed
            after, count = page[-1].name, count + len(page)
        return facts
