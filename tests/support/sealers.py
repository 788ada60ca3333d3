"""Sealers for tests, with keys that are the same in each run."""

from __future__ import annotations

from buildbot_keychain.store.sealer import Sealer

KEY, STORE_ID = b"k" * 32, b"s" * 16


class RememberedWrites:
    """`SealedWrites` in memory."""

    def __init__(self) -> None:
        self.places: set[tuple[str, str, str]] = set()

    def has_sealed(self, purpose: str, owner: str, field: str) -> bool:
        return (purpose, owner, field) in self.places

    def record(self, purpose: str, owner: str, field: str) -> None:
        self.places.add((purpose, owner, field))


class ReportingSealer(Sealer):
    """One that remembers what it reports."""

    def __init__(
        self,
        purpose: str = "plug-in",
        owner: str = "service",
        *,
        key: bytes = KEY,
        store_id: bytes = STORE_ID,
    ) -> None:
        self.reported: list[str] = []
        self.writes = RememberedWrites()
        super().__init__(
            key, store_id, purpose, owner, writes=self.writes, report=self.reported.append
        )
