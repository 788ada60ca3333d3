"""`vault_entries`: the entries of KV below a path, for an import into a store.

It blocks, in a thread that is not the reactor's. An entry is read when it is its turn, and nothing
of it is kept.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Coroutine, Iterator
from functools import partial
from typing import Any, TypeVar

from twisted.internet.threads import blockingCallFromThread

from buildbot_keychain.errors import ProviderError, ProviderUnavailable, quote
from buildbot_keychain.formats import number_as_text
from buildbot_keychain.providers.vault._provider import SecretInVault
from buildbot_keychain.providers.vault.auth import Session
from buildbot_keychain.providers.vault.secrets import (
    EntryName,
    Mount,
    is_api_path,
    list_names,
    read_data,
)
from buildbot_keychain.providers.vault.transport import RequestContext

T = TypeVar("T")

MOST_ENTRIES = 100_000
MOST_FOLDERS = 20_000

_DELETED = (
    "its current version was deleted or destroyed; leave it out, or undelete a version of it first"
)


def vault_entries(
    provider: SecretInVault, path: str
) -> Iterator[tuple[str, Callable[[], str | None]]]:
    """Yield the path of each entry below its mount, and a function that returns what is there.

    That is the ``data`` of the server's answer, in JSON; numbers are text, as they are written. The
    function raises `ProviderError` for an entry that cannot be read. A folder that cannot be listed
    is one such entry, called by its path, which ends with a ``/``; the others follow.

    :param path: of a folder, with its mount: ``secret``, ``secret/team``. Nothing is followed.
    :raise ProviderError: when it cannot be a path, nothing is mounted there, or it is not KV.
    :raise ProviderUnavailable: when no server answers; what follows was not read.
    """
    if not is_api_path(path):
        raise ProviderError(provider.name, path, "it cannot be the path of a mount; correct it")
    return _Listing(provider, path).entries()


class _Listing:
    def __init__(self, provider: SecretInVault, path: str) -> None:
        self._provider = provider
        self._path = path
        self._outage: ProviderUnavailable | None = None

    def entries(self) -> Iterator[tuple[str, Callable[[], str | None]]]:
        mount = self._ask(self._path, self._locate)
        if mount.type != "kv":
            reason = f"{quote(mount.path)} is of the type {quote(mount.type)}; only KV has entries"
            raise ProviderError(self._provider.name, self._path, reason)
        inside = self._path[len(mount.path) + 1 :]
        folders, entries, listed = [f"{inside}/" if inside else ""], 0, 0
        while folders:
            folder = folders.pop()
            listed += 1
            try:
                names = self._ask(folder, partial(_listed, mount, folder))
            except ProviderError as error:
                if listed == 1:
                    raise
                if isinstance(error, ProviderUnavailable):
                    raise self._interrupted() from error
                yield folder, partial(_fail, error)
                continue
            below = [f"{folder}{name}" for name in names]
            folders += reversed([name for name in below if name.endswith("/")])
            for name in below:
                if not name.endswith("/"):
                    entries += 1
                    yield name, partial(self._read, mount, name)
                    if self._outage:
                        raise self._interrupted() from self._outage
            if entries > MOST_ENTRIES or listed + len(folders) > MOST_FOLDERS:
                reason = (
                    f"it has more than {MOST_ENTRIES} entries or {MOST_FOLDERS} folders; import "
                    "its folders one by one"
                )
                raise ProviderError(self._provider.name, self._path, reason)

    def _read(self, mount: Mount, name: str) -> str | None:
        if not is_api_path(name):
            reason = "its name cannot be asked for; rename it there"
            raise ProviderError(self._provider.name, name, reason)
        try:
            data = self._ask(name, partial(_data, mount, name))
        except ProviderUnavailable as error:
            self._outage = error
            raise
        if data is None:
            raise ProviderError(self._provider.name, name, _DELETED)
        return json.dumps({"data": data}, default=number_as_text)

    def _interrupted(self) -> ProviderUnavailable:
        reason = "what follows was not read, as no server answers; run the same command again"
        return ProviderUnavailable(self._provider.name, self._path, reason)

    async def _locate(self, session: Session, context: RequestContext) -> Mount:
        return await self._provider.runtime.mounts.locate(self._path, session, context)

    def _ask(
        self, path: str, ask: Callable[[Session, RequestContext], Coroutine[Any, Any, T]]
    ) -> T:
        """Return what a coroutine returns, which runs in the reactor."""

        async def asking() -> T:
            return await ask(*await self._provider.session(path))

        def started() -> Any:  # noqa: ANN401 - a Deferred, whose type is not inferred
            return self._provider.without_trace(path, asking())

        answer: T = blockingCallFromThread(self._provider.reactor, started)
        return answer


async def _listed(
    mount: Mount, folder: str, session: Session, context: RequestContext
) -> list[str]:
    return await list_names(session, mount, folder, context)


async def _data(
    mount: Mount, name: str, session: Session, context: RequestContext
) -> dict[str, Any] | None:
    return await read_data(session, mount, EntryName(name), context)


def _fail(error: ProviderError) -> str:
    raise error
