"""`SealedStateInMemory`: what a plug-in's test gives it in place of a `SealedState`.

It needs no master, no database and no file of keys. It seals as the true one does, with a key of
its own, so what a plug-in does wrong fails here too.
"""

from __future__ import annotations

import secrets
from typing import Any

from buildbot_keychain.secretive import secretive
from buildbot_keychain.store.sealed_values import Kept, Place, SealedValues


@secretive
class SealedStateInMemory(SealedValues):
    """The sealed values of one owner, in memory.

    :param owner: what the values are bound to.
    :ivar texts: what stands in each field, for tests that look at it or change it.
    :ivar hidden: the values that were made known to what hides values, by their fields.
    :ivar reported: a sentence for each plain text that was accepted.
    """

    def __init__(self, owner: str = "plug-in") -> None:
        self.texts: dict[str, Any] = {}
        self.hidden: list[tuple[str, str | bytes]] = []
        self.reported: list[str] = []
        self._owner = owner
        self._key, self._store_id = secrets.token_bytes(32), secrets.token_bytes(16)
        self._counters: dict[str, tuple[int, bool]] = {}
        self._sealed: set[tuple[str, str, str]] = set()

    async def read(self, field: str) -> Kept:
        """Return what is kept of a field."""
        counter, stands = self._counters.get(field, (None, False))
        return Kept(self.texts.get(field), counter, stands)

    async def write(self, field: str, text: str | None, before: int | None) -> bool:
        """Store a text, and count it."""
        self.texts.pop(field, None)
        if text is not None:
            self.texts[field] = text
        self._counters[field] = (before or 0) + 1, text is not None
        return True

    def has_sealed(self, purpose: str, owner: str, field: str) -> bool:
        """Return whether a field that the plug-in keeps has ever been sealed."""
        return (purpose, owner, field) in self._sealed

    def record(self, purpose: str, owner: str, field: str) -> None:
        """Remember that it has been."""
        self._sealed.add((purpose, owner, field))

    async def recorded(self) -> None:
        """Return at once."""

    async def _open(self) -> Place:
        report = self.reported.append
        return Place(self._key, self._store_id, self._owner, self, self, report, self._note)

    async def _note(self, field: str, value: str | bytes) -> None:
        self.hidden.append((field, value))
