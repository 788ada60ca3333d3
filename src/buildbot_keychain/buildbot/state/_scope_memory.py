"""`ScopeMemory`: what must be released for the builds of a master that was killed.

An entry is a scope (``build/17``) and a key that can only release something, such as a token's
accessor; never a token. It is stored before what it releases is used, and removed when that has
been released. Masters that share a database keep their entries apart.
"""

from __future__ import annotations

from typing import Any

from zope.interface import implementer

from buildbot_keychain.buildbot.state._rows import Row, StateRows
from buildbot_keychain.deferreds import returns_deferred
from buildbot_keychain.interfaces import IScopeMemory

OBJECT = ("buildbot-keychain", "scope_memory.ScopeMemory")
"""The object in Buildbot's database; it must stay as it is, for entries of earlier versions."""

_KEYS = ("provider", "scope", "key")


@implementer(IScopeMemory)
class ScopeMemory:
    """The entries of one master.

    :param master: Buildbot's master, whose database is there by the first lookup of a build.
    """

    def __init__(self, master: Any) -> None:
        self._master = master
        self._rows = StateRows(master, OBJECT)
        self._of_this_process: set[str] = set()

    @returns_deferred
    async def remember(self, provider: str, scope: str, key: str) -> None:
        """Store an entry; it is in the database when this fires."""
        self._of_this_process.add(key)
        row = {"provider": provider, "scope": scope, "key": key}
        await self._rows.add(self._master.name, row)

    @returns_deferred
    async def forget(self, provider: str, key: str) -> None:
        """Remove an entry; it is no error when there is none."""

        def matches(row: Row) -> bool:
            return (row.get("provider"), row.get("key")) == (provider, key)

        await self._rows.remove(self._master.name, matches)
        self._of_this_process.discard(key)

    @returns_deferred
    async def left_behind(self, provider: str) -> list[tuple[str, str]]:
        """Return scope and key of the entries of former processes, oldest first."""
        return [
            (row["scope"], row["key"])
            for row in await self._rows.read(self._master.name)
            if _is_entry(row)
            and row["provider"] == provider
            and row["key"] not in self._of_this_process
        ]


def _is_entry(row: Row) -> bool:
    return all(isinstance(row.get(key), str) for key in _KEYS)
