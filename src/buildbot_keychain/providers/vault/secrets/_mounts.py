"""`Mounts`: what kind of engine is mounted where.

It is asked of ``sys/internal/ui/mounts``, which answers whoever may read anything below a mount
(https://openbao.org/api-docs/system/internal-ui-mounts/), once for a mount, and again after ten
minutes, or when an answer shows that it has changed.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from urllib.parse import quote as url_quote

from buildbot_keychain.errors import quote
from buildbot_keychain.providers.vault.auth._caller import Caller
from buildbot_keychain.providers.vault.transport._request_context import Lookup
from buildbot_keychain.providers.vault.transport._responses import Refused
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
    """The mounts that were seen.

    :param clock: an ``IReactorTime``.
    """

    def __init__(self, clock: Any) -> None:  # noqa: ANN401 - an IReactorTime
        self._clock = clock
        self._known: dict[str, tuple[Mount, float]] = {}
        self._flights = SingleFlight()

    async def at(self, path: str, lookup: Lookup, caller: Caller) -> Mount:
        """Give the mount at `path`, which `caller` sees.

        :raise ProviderError: when there is none, or it may not be seen.
        """
        mount, until = self._known.get(path, (None, 0.0))
        if mount is None or until <= self._clock.seconds():
            mount = await self._flights.do((caller, path), lambda: self._find(path, lookup, caller))
        return mount

    def forget(self, path: str) -> None:
        """Find the mount at `path` anew when it is needed next."""
        self._known.pop(path, None)

    def stop(self) -> None:
        """End what is under way, and forget everything."""
        self._flights.cancel()
        self._known.clear()

    async def _find(self, path: str, lookup: Lookup, caller: Caller) -> Mount:
        asked = f"sys/internal/ui/mounts/{path}"
        nothing = (
            f"nothing is mounted at {quote(path)}, or the token's policy allows nothing there; "
            "correct secrets_mount or the policy"
        )
        answer = None
        try:
            answer = await caller.call(
                lookup,
                lambda client: client.adapter.get(f"/v1/{url_quote(asked)}"),
                path=asked,
                denial=nothing,
            )
        except Refused as refused:
            nothing = f"the server {refused.reason}, asked what is mounted at {quote(path)}"
        mount = None if answer is None else _mount(path, answer.get("data"))
        if mount is None:
            raise lookup.failed(nothing)
        self._known[path] = (mount, self._clock.seconds() + _KNOWN_FOR)
        return mount


def _mount(path: str, data: object) -> Mount | None:
    if not isinstance(data, dict) or str(data.get("path")).strip("/") != path:
        return None
    kind = str(data.get("type"))
    if kind not in _KV:
        return Mount(path, kind)
    options = data.get("options")
    versioned = isinstance(options, dict) and options.get("version") == "2"
    return Mount(path, "kv", 2 if versioned else 1)
