"""`StoreAccess`: what can be done to a store that is open, here or by another process.

`OpenStore` describes it all, and is one; so is what a command has of a store that a running master
has open. All of it blocks. Nothing is imported but for types.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from buildbot_keychain.store.journal import Entry
    from buildbot_keychain.store.metadata import Metadata
    from buildbot_keychain.store.resealing import Resealed
    from buildbot_keychain.store.rotation import KeyUse, MasterKeys
    from buildbot_keychain.store.store import Description, Value
    from buildbot_keychain.store.verification import Report


class Secrets(Protocol):
    """The secrets, as `buildbot_keychain.store.store.Store` describes."""

    def get(self, name: str, version: int | None = None) -> Value | None: ...
    def describe(self, name: str, version: int | None = None) -> Description | None: ...
    def versions(self, name: str) -> Sequence[Description]: ...
    def page(self, after: str = "", limit: int = 100) -> Sequence[Description]: ...
    def history(self, name: str) -> Sequence[Entry]: ...
    def set(
        self,
        name: str,
        value: str | bytes,
        *,
        now: int,
        expected: int | None = None,
        **metadata: Any,  # noqa: ANN401 - the fields of `Metadata`
    ) -> int: ...
    def edit(
        self,
        name: str,
        *,
        now: int,
        change_of: Callable[[Metadata], Mapping[str, Any]] = ...,
        **metadata: Any,  # noqa: ANN401 - the same
    ) -> Metadata: ...
    def rollback(
        self, name: str, version: int, *, now: int, expected: int | None = None
    ) -> None: ...
    def rename(self, name: str, new_name: str, *, now: int) -> object: ...
    def delete(self, name: str, *, now: int) -> None: ...
    def undelete(self, name: str, *, now: int) -> object: ...
    def purge(self, name: str, *, now: int) -> None: ...
    def note_use(self, name: str, now: int) -> None: ...


class RotationAccess(Protocol):
    """Its keys, as `buildbot_keychain.store.rotation.Rotation` describes."""

    def known_keys(self) -> Sequence[KeyUse]: ...
    def masters(self) -> Sequence[MasterKeys]: ...
    def start(self, now: int) -> bytes: ...
    def promote(self, kid: bytes, *, now: int, alive_since: int) -> None: ...
    def rewrap(self, now: int, progress: Callable[[int], object] | None = None) -> Resealed: ...
    def finish(self) -> None: ...
    def rotate(
        self, *, now: int, alive_since: int, progress: Callable[[int], object] | None = None
    ) -> Resealed: ...
    def rotate_if_older(
        self,
        oldest: int,
        *,
        now: int,
        alive_since: int,
        progress: Callable[[int], object] | None = None,
    ) -> tuple[bytes, Resealed] | None: ...


class RekeyingAccess(Protocol):
    """Values encrypted again, as `buildbot_keychain.store.rekeying.Rekeying` describes."""

    def rekey(self, name: str, *, now: int) -> None: ...
    def rekey_all(
        self, *, since: int, now: int, progress: Callable[[int, int], object] | None = None
    ) -> Resealed: ...


class StoreAccess(Protocol):
    """A store that is open, as `buildbot_keychain.store.opening.OpenStore` describes."""

    @property
    def secrets(self) -> Secrets: ...
    @property
    def rotation(self) -> RotationAccess: ...
    @property
    def rekeying(self) -> RekeyingAccess: ...

    def verify(self, progress: Callable[[int, int], object] | None = None) -> Report: ...
    def close(self) -> None: ...
