"""`Mounts`: what kind of engine is mounted where.

The server is asked through ``sys/internal/ui/mounts``, which answers everyone who may read anything
below a mount (https://openbao.org/api-docs/system/internal-ui-mounts/): once for each mount, and
again after ten minutes, or when an answer shows that the mount has changed.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from urllib.parse import quote as url_quote

from buildbot_keychain.errors import quote
from buildbot_keychain.providers.vault.auth import Session
from buildbot_keychain.providers.vault.transport import RequestContext, VaultRefused
from buildbot_keychain.single_flight import SingleFlight

_KNOWN_FOR = 600.0
_KV = {"kv", "generic"}


@dataclass(frozen=True)
class Mount:
    """A secrets engine.

    :param path: where it is mounted, without slashes around it.
    :param type: ``"kv"``, ``"database"``, ``"pki"``, ``"ssh"``, ….
    :param version: of KV: 1 or 2; 0 for other engines.
    """

    path: str
    type: str
    version: int = 0


class Mounts:
    """The mounts that are known.

    :param clock: an ``IReactorTime``.
    :param configured: those that the server is never asked about.
    """

    def __init__(self, clock: Any, *configured: Mount) -> None:  # noqa: ANN401 - an IReactorTime
        self._clock = clock
        self._configured = {mount.path: mount for mount in configured}
        self._known: dict[str, tuple[Mount, float]] = {}
        self._seen: dict[str, Mount] = {}
        self._flights = SingleFlight()

    def known(self, path: str) -> Mount | None:
        """Return the mount at `path` if it needs no request."""
        mount, until = self._known.get(path, (None, 0.0))
        if until > self._clock.seconds():
            return mount
        return self._configured.get(path)

    def seen(self, path: str) -> Mount | None:
        """Return what was found at `path` last, however long ago; ``None`` if nothing was yet."""
        return self._seen.get(path) or self._configured.get(path)

    async def find(self, path: str, session: Session, context: RequestContext) -> Mount:
        """Ask the server for the mount at `path`, which the token of `session` sees.

        :raise ProviderError: when nothing is mounted there, or it may not be seen.
        """
        mount: Mount = await self._flights.do(
            (session, path), lambda: self._find(path, session, context)
        )
        return mount

    async def locate(self, path: str, session: Session, context: RequestContext) -> Mount:
        """Ask the server for the mount that `path` is in, which may be the path of a folder.

        :raise ProviderError: as `find`.
        """
        mount = await self._ask(path, session, context)
        if not f"{path}/".startswith(f"{mount.path}/"):
            raise context.error(_nothing_at(path))
        return mount

    def forget(self, path: str) -> None:
        """Ask the server again when the mount at `path` is needed next."""
        self._known.pop(path, None)

    def stop(self) -> None:
        """End what is in progress, and forget everything."""
        self._flights.cancel()
        self._known.clear()
        self._seen.clear()

    async def _find(self, path: str, session: Session, context: RequestContext) -> Mount:
        mount = await self._ask(path, session, context)
        if mount.path != path:
            raise context.error(_nothing_at(path))
        self._seen[path] = mount
        self._known[path] = (mount, self._clock.seconds() + _KNOWN_FOR)
        return mount

    async def _ask(self, path: str, session: Session, context: RequestContext) -> Mount:
        nothing = _nothing_at(path)
        request = session.api.hvac.adapter.get(f"/v1/{url_quote(f'sys/internal/ui/mounts/{path}')}")
        try:
            answer = await session.send(context, request, denial=nothing)
        except VaultRefused as refused:
            reason = f"the server {refused.reason}, asked what is mounted at {quote(path)}"
            raise context.error(reason) from refused
        mount = _parse_mount(answer.get("data"))
        if mount is None:
            raise context.error(nothing)
        return mount


def _nothing_at(path: str) -> str:
    return (
        f"nothing is mounted at {quote(path)}, or the token's policy allows nothing there; "
        "correct secrets_mount, namespace or the policy"
    )


def _parse_mount(data: object) -> Mount | None:
    if not isinstance(data, dict):
        return None
    path, engine = str(data.get("path")).strip("/"), str(data.get("type"))
    if engine not in _KV:
        return Mount(path, engine)
    options = data.get("options")
    is_versioned = isinstance(options, dict) and options.get("version") == "2"
    return Mount(path, "kv", 2 if is_versioned else 1)
