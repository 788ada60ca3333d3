"""`ScopeMemory`: what to give back for builds of a master that was killed, in its database.

An entry is a scope (``build/17``) and a key that is good for giving back alone, such as a token's
accessor; never a token. It is written before what it gives back is used, and struck out when that
is given back. Masters that share a database keep their entries apart.
"""

from __future__ import annotations

from typing import Any

from twisted.internet.defer import Deferred, DeferredLock
from zope.interface import implementer

from buildbot_keychain.interfaces import IScopeMemory

OBJECT = ("buildbot-keychain", "scope_memory.ScopeMemory")

_ATTRIBUTE = "buildbot_keychain_scope_memory"


@implementer(IScopeMemory)
class ScopeMemory:
    """One row of Buildbot's object state for each master.

    :param master: Buildbot's master, whose database is there by the first lookup of a build.
    """

    def __init__(self, master: Any) -> None:
        self._master = master
        # A row is read, changed and written: one at a time.
        self._lock = DeferredLock()
        # The keys of this process.
        self._own: set[str] = set()

    @classmethod
    def of(cls, master: Any) -> ScopeMemory:
        """Give the one object of that master, making it at the first call."""
        found: ScopeMemory | None = getattr(master, _ATTRIBUTE, None)
        if found is None:
            found = cls(master)
            setattr(master, _ATTRIBUTE, found)
        return found

    def remember(self, provider: str, scope: str, key: str) -> Deferred[None]:
        """Write an entry down; it is in the database when this fires."""
        return Deferred.fromCoroutine(self._remember(provider, scope, key))

    def forget(self, provider: str, key: str) -> Deferred[None]:
        """Strike an entry out; one that is not there is fine."""
        return Deferred.fromCoroutine(self._forget(provider, key))

    def left_behind(self, provider: str) -> Deferred[list[tuple[str, str]]]:
        """Give scope and key of what former processes wrote down, oldest first."""
        return Deferred.fromCoroutine(self._left_behind(provider))

    async def _remember(self, provider: str, scope: str, key: str) -> None:
        self._own.add(key)
        async with self._lock:
            objectid, rows = await self._read()
            rows.append({"provider": provider, "scope": scope, "key": key})
            await self._state.setState(objectid, self._master.name, rows)

    async def _forget(self, provider: str, key: str) -> None:
        async with self._lock:
            objectid, rows = await self._read()
            kept = [row for row in rows if (row["provider"], row["key"]) != (provider, key)]
            if len(kept) != len(rows):
                await self._state.setState(objectid, self._master.name, kept)
        self._own.discard(key)

    async def _left_behind(self, provider: str) -> list[tuple[str, str]]:
        _, rows = await self._read()
        return [
            (row["scope"], row["key"])
            for row in rows
            if row["provider"] == provider and row["key"] not in self._own
        ]

    @property
    def _state(self) -> Any:
        return self._master.db.state

    async def _read(self) -> tuple[int, list[dict[str, str]]]:
        objectid = await self._state.getObjectId(*OBJECT)
        rows = await self._state.getState(objectid, self._master.name, [])
        return objectid, [row for row in rows if _is_entry(row)]


def _is_entry(row: object) -> bool:
    return isinstance(row, dict) and all(
        isinstance(row.get(name), str) for name in ("provider", "scope", "key")
    )
