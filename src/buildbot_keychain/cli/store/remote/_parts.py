"""The parts of a store that another process has open; each operation asks for it. Blocks.

The time that an operation is given counts for nothing: whoever does it has a clock.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from buildbot_keychain.errors import StoreConflict

if TYPE_CHECKING:
    from buildbot_keychain.store.journal import Entry
    from buildbot_keychain.store.metadata import Metadata
    from buildbot_keychain.store.resealing import Resealed
    from buildbot_keychain.store.rotation import KeyUse, MasterKeys
    from buildbot_keychain.store.store import Description, Value

ATTEMPTS = 20
"""Edits, while others edit."""

Ask = Callable[..., Any]
"""Asks for an operation, by its name, with a function for reports and its arguments."""


class Secrets:
    """The secrets, as `buildbot_keychain.store.store.Store` describes them."""

    def __init__(self, ask: Ask) -> None:
        self._ask = ask

    def get(self, name: str, version: int | None = None) -> Value | None:
        found: Value | None = self._ask("get", name=name, version=version)
        return found

    def describe(self, name: str, version: int | None = None) -> Description | None:
        found: Description | None = self._ask("describe", name=name, version=version)
        return found

    def versions(self, name: str) -> Sequence[Description]:
        found: Sequence[Description] = self._ask("versions", name=name)
        return found

    def page(self, after: str = "", limit: int = 100) -> Sequence[Description]:
        found: Sequence[Description] = self._ask("page", after=after, limit=limit)
        return found

    def history(self, name: str) -> Sequence[Entry]:
        found: Sequence[Entry] = self._ask("history", name=name)
        return found

    def set(
        self,
        name: str,
        value: str | bytes,
        *,
        now: int,  # noqa: ARG002 - the master has its own clock
        expected: int | None = None,
        **metadata: Any,  # noqa: ANN401 - the fields of `Metadata`
    ) -> int:
        given: dict[str, object] = {"value": value, "expected": expected, "metadata": metadata}
        return int(self._ask("set", name=name, **given))

    def edit(
        self,
        name: str,
        *,
        now: int,  # noqa: ARG002 - the same
        change_of: Callable[[Metadata], Mapping[str, Any]] | None = None,
        **metadata: Any,  # noqa: ANN401 - the same
    ) -> Metadata:
        """Edit the metadata as it was seen; if somebody else has edited it, begin again."""
        for left in reversed(range(ATTEMPTS)):
            revision, changes = None, metadata
            known = None if change_of is None else self.describe(name)
            if change_of is not None and known is not None:
                revision = known.revision
                changes = {**metadata, **change_of(known.metadata)}
            try:
                found: Metadata = self._ask("edit", name=name, metadata=changes, revision=revision)
            except StoreConflict:
                if not left:
                    raise
            else:
                return found
        raise AssertionError

    def rollback(
        self,
        name: str,
        version: int,
        *,
        now: int,  # noqa: ARG002 - the same
        expected: int | None = None,
    ) -> None:
        self._ask("rollback", name=name, version=version, expected=expected)

    def rename(self, name: str, new_name: str, *, now: int) -> None:  # noqa: ARG002 - the same
        self._ask("rename", name=name, new_name=new_name)

    def delete(self, name: str, *, now: int) -> None:  # noqa: ARG002 - the same
        self._ask("delete", name=name)

    def undelete(self, name: str, *, now: int) -> None:  # noqa: ARG002 - the same
        self._ask("undelete", name=name)

    def purge(self, name: str, *, now: int) -> None:  # noqa: ARG002 - the same
        self._ask("purge", name=name)

    def note_use(self, name: str, now: int) -> None:  # noqa: ARG002 - the same
        self._ask("note_use", name=name)


class Rotation:
    """The keys, as `buildbot_keychain.store.rotation.Rotation` describes them."""

    def __init__(self, ask: Ask) -> None:
        self._ask = ask

    def known_keys(self) -> Sequence[KeyUse]:
        found: Sequence[KeyUse] = self._ask("known_keys")
        return found

    def masters(self) -> Sequence[MasterKeys]:
        found: Sequence[MasterKeys] = self._ask("masters")
        return found

    def start(self, now: int) -> bytes:  # noqa: ARG002 - the master has its own clock
        return bytes(self._ask("start"))

    def promote(
        self,
        kid: bytes,
        *,
        now: int,  # noqa: ARG002 - the same
        alive_since: int,
    ) -> None:
        self._ask("promote", kid=kid, alive_since=alive_since)

    def rewrap(
        self,
        now: int,  # noqa: ARG002 - the same
        progress: Callable[[int], object] | None = None,
    ) -> Resealed:
        found: Resealed = self._ask("rewrap", progress)
        return found

    def finish(self) -> None:
        self._ask("finish")

    def rotate(
        self,
        *,
        now: int,  # noqa: ARG002 - the same
        alive_since: int,
        progress: Callable[[int], object] | None = None,
    ) -> Resealed:
        found: Resealed = self._ask("rotate", progress, alive_since=alive_since)
        return found

    def rotate_if_older(
        self,
        oldest: int,
        *,
        now: int,  # noqa: ARG002 - the same
        alive_since: int,
        progress: Callable[[int], object] | None = None,
    ) -> tuple[bytes, Resealed] | None:
        found: tuple[bytes, Resealed] | None = self._ask(
            "rotate_if_older", progress, oldest=oldest, alive_since=alive_since
        )
        return found


class Rekeying:
    """Values encrypted again, as `buildbot_keychain.store.rekeying.Rekeying` describes it."""

    def __init__(self, ask: Ask) -> None:
        self._ask = ask

    def rekey(self, name: str, *, now: int) -> None:  # noqa: ARG002 - the same
        self._ask("rekey", name=name)

    def rekey_all(
        self,
        *,
        since: int,
        now: int,  # noqa: ARG002 - the same
        progress: Callable[[int, int], object] | None = None,
    ) -> Resealed:
        found: Resealed = self._ask("rekey_all", progress, since=since)
        return found
