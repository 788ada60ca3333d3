"""`Entries`: reads entries of KV as a lookup needs them.

Simultaneous reads of one entry share a request. Where a mount turns out to have changed, the server
is asked how, and the entry is read again. A name that was copied from a URL of the API is an error
that says how to spell it.
"""

from __future__ import annotations

from dataclasses import replace
from functools import partial

from buildbot_keychain.errors import AccessDenied, ProviderError, quote
from buildbot_keychain.providers.vault.auth import Session
from buildbot_keychain.providers.vault.secrets._kv import KvEntry, read_entry
from buildbot_keychain.providers.vault.secrets._mounts import Mount, Mounts
from buildbot_keychain.providers.vault.secrets._names import KV_2, EntryName, without_api_prefix
from buildbot_keychain.providers.vault.transport import (
    RequestContext,
    VaultRefusal,
    VaultRefused,
)
from buildbot_keychain.single_flight import SingleFlight

_MOUNT_CHANGED = {VaultRefusal.WRONG_VERSION, VaultRefusal.NO_MOUNT}


class Entries:
    """Reads entries.

    :param mounts: the mounts that are known.
    """

    def __init__(self, mounts: Mounts) -> None:
        self._mounts = mounts
        self._flights = SingleFlight()

    async def read(
        self, session: Session, mount: Mount, name: EntryName, context: RequestContext
    ) -> KvEntry | None:
        """Return the fields of the entry `name` of `mount`, or ``None`` where there is none.

        :raise AccessDenied: when the policy does not allow it.
        :raise ProviderError: when the name is spelled as in a URL, or the mount cannot be read.
        """
        read = partial(self._read, session, mount, context=context)
        key = (session, mount, name.path, name.version)
        try:
            entry: KvEntry | None = await self._flights.do(key, partial(read, name))
        except AccessDenied as error:
            if without_api_prefix(mount, name.path) is None:
                raise
            reason = f"{error.reason}; or {_api_prefix_hint(mount)}"
            raise context.denied(reason) from error
        if entry is None:
            meant = without_api_prefix(mount, name.path)
            if meant is not None and await read(replace(name, path=meant)) is not None:
                reason = f"there is no such entry, but {quote(meant)}: {_api_prefix_hint(mount)}"
                raise context.error(reason)
        return entry

    def stop(self) -> None:
        """End what is in progress."""
        self._flights.cancel()

    async def _read(
        self, session: Session, mount: Mount, name: EntryName, *, context: RequestContext
    ) -> KvEntry | None:
        """Read an entry; where the mount has changed, find out how, and read it again."""
        try:
            return await read_entry(session, mount, name, context)
        except VaultRefused as refused:
            if refused.refusal not in _MOUNT_CHANGED:
                raise _refused(refused, mount, name, context) from refused
        self._mounts.forget(mount.path)
        mount = self._mounts.known(mount.path) or await self._mounts.find(
            mount.path, session, context
        )
        try:
            return await read_entry(session, mount, name, context)
        except VaultRefused as refused:
            raise _refused(refused, mount, name, context) from refused


def _refused(
    refused: VaultRefused, mount: Mount, name: EntryName, context: RequestContext
) -> ProviderError:
    asked = quote(f"{mount.path}/{name.path}")
    return context.error(f"the server {refused.reason}; asked for {asked}")


def _api_prefix_hint(mount: Mount) -> str:
    prefixes = [f"{mount.path}/", "data/", f"{mount.path}/data/"]
    shown = " or ".join(map(quote, prefixes if mount.version == KV_2 else prefixes[:1]))
    return f"leave out {shown} at the beginning, which is how URLs of the API spell it"
