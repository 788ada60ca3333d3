"""`StoreTags`: the tags of the secrets of encrypted stores, and who alone may have them.

For searches and long lists; kept for a few seconds, and afterwards only what was changed is read.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from twisted.internet.defer import TimeoutError as DeferredTimeout

from buildbot_keychain.deferreds import returns_deferred, within
from buildbot_keychain.errors import KeychainError
from buildbot_keychain.single_flight import SingleFlight

KEPT = 10.0
"""Seconds until it is looked for what was changed."""

DEADLINE = 10.0
"""Seconds that a store may take."""

MOST = 20_000
"""Secrets of a store whose tags are read."""

_AT_ONCE = 250
"""Secrets that are read at once."""

OfStore = dict[str, tuple[str, ...]]


@dataclass
class _Facts:
    """What a store says.

    :param digests: what it says of a secret is known as long as this is the same.
    """

    tags: OfStore = field(default_factory=dict)
    allowed: OfStore = field(default_factory=dict)
    digests: dict[str, bytes] = field(default_factory=dict)


class StoreTags:
    """The tags of every secret that has some, and the builders of every one that is limited.

    :param stores: an `IStores`.
    :param clock: returns the reactor.
    """

    def __init__(self, stores: Any, clock: Callable[[], Any]) -> None:
        self._stores = stores
        self._clock = clock
        self._kept: dict[str, tuple[int, float, _Facts]] = {}
        self._flights = SingleFlight()
        self._forgotten: Counter[str] = Counter()

    def forget(self, store: str) -> None:
        """Have the next caller wait for what a store says by then."""
        self._forgotten[store] += 1
        self._flights.close(store)

    def forget_all(self) -> None:
        """Have the next caller wait for what all stores say: one may be another of the name."""
        for store in list(self._kept):
            self.forget(store)

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
        clock, version = self._clock(), self._forgotten[store]
        of, until, found = self._kept.get(store, (version, 0.0, _Facts()))
        if of != version or clock.seconds() >= until:
            try:
                reading = self._flights.do(store, lambda: self._read(store, found))
                found = await within(DEADLINE, reading, clock)
            except (KeychainError, DeferredTimeout):  # its row says so
                found = _Facts()
            self._kept[store] = version, clock.seconds() + KEPT, found
        return found

    async def _read(self, store: str, known: _Facts) -> _Facts:
        digests: dict[str, bytes] = await self._stores.digests(store, MOST)
        if digests == known.digests:
            return known
        same = {name for name, digest in digests.items() if known.digests.get(name) == digest}
        tags = {name: each for name, each in known.tags.items() if name in same}
        allowed = {name: each for name, each in known.allowed.items() if name in same}
        changed = [name for name in digests if name not in same]
        for begin in range(0, len(changed), _AT_ONCE):
            some = changed[begin : begin + _AT_ONCE]
            for one in await self._stores.describe_all(store, some):
                if one.metadata.tags:
                    tags[one.name] = one.metadata.tags
                if one.metadata.allowed is not None:
                    allowed[one.name] = one.metadata.allowed
        return _Facts(tags, allowed, digests)
