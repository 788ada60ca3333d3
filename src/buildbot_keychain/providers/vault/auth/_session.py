"""`Session`: requests with a token that is alive; what reads secrets is built on it.

::

    answer = await session.call(
        lookup,
        lambda client: client.secrets.database.generate_credentials("ro", mount_point="database"),
        path="database/creds/ro",
        repeatable=False,
    )

The function is run in a thread, with an ``hvac.Client`` that nobody else uses meanwhile, and gives
what hvac's method gives. Every failover, retry, deadline and login is done here and below.

A request that is denied is made once more with a new token: the old one may have been revoked, or
was given before its policy was changed. When that is denied too, the policy is the likely reason,
and for a while that request makes no further login.
"""

from __future__ import annotations

from typing import Any

from buildbot_keychain.errors import quote
from buildbot_keychain.providers.vault.auth._provider_token import TokenKeeper
from buildbot_keychain.providers.vault.auth._token import Token
from buildbot_keychain.providers.vault.transport._request_context import Lookup
from buildbot_keychain.providers.vault.transport._responses import Refusal, Refused
from buildbot_keychain.providers.vault.transport._servers import Connection, Work

_DENIED_FOR = 15.0
_MOST_DENIED = 1000


class Session:
    """The servers of `connection` with the token of `tokens`.

    :param reactor: an ``IReactorTime``.
    """

    def __init__(self, connection: Connection, tokens: TokenKeeper, reactor: Any) -> None:  # noqa: ANN401
        self.connection = connection
        self.tokens = tokens
        self._reactor = reactor
        # Until when which requests are known to be denied also to a new token.
        self._denied: dict[str, float] = {}

    async def call(
        self,
        lookup: Lookup,
        work: Work,
        *,
        path: str,
        repeatable: bool = True,
        denial: str | None = None,
    ) -> Any:  # noqa: ANN401 - whatever the work gives
        """Do `work` with a token that is alive.

        :param path: what is asked for, below ``/v1``: what a policy has to allow.
        :param repeatable: whether doing it twice is as good as once, as it is for reading.
        :param denial: what to say when it is denied; by default, what the policy has to allow.
        :raise AccessDenied: when the login is refused, or the request is denied.
        :raise Refused: for other refusals, such as a path where nothing is.
        :raise ProviderUnavailable: when no server did it in time.
        """
        token = await self.tokens.get(lookup)
        for again in (True, False):
            try:
                return await self.connection.call(
                    lookup, work, token=token.value, repeatable=repeatable
                )
            except Refused as refused:
                if refused.refusal is not Refusal.FORBIDDEN:
                    raise
            following = await self._another(token, lookup, path) if again else None
            if following is None:
                break
            token = following
        self._note_denied(path)
        raise lookup.denied(denial or _denial(path, token))

    def start(self) -> None:
        """Keep the token alive by itself from now on."""
        self.tokens.start()

    def stop(self) -> None:
        """End all requests, and forget the token."""
        self.tokens.stop()
        self.connection.stop()

    async def _another(self, token: Token, lookup: Lookup, path: str) -> Token | None:
        if self._denied.get(path, 0.0) > self._reactor.seconds():
            return None
        return await self.tokens.another(token, lookup)

    def _note_denied(self, path: str) -> None:
        now = self._reactor.seconds()
        if len(self._denied) >= _MOST_DENIED:
            self._denied = {p: until for p, until in self._denied.items() if until > now}
        self._denied.setdefault(path, now + _DENIED_FOR)
        if self._denied[path] <= now:
            self._denied[path] = now + _DENIED_FOR


def _denial(path: str, token: Token) -> str:
    """Say what is likely wrong, and what to do; a policy is read from the path of the API."""
    needed = f"path {quote(path)} with the capability it needs, such as read"
    if token.known:
        return (
            "permission denied, also to a token that is alive: its policy is the likely reason; "
            f"it must hold {needed}"
        )
    return (
        "permission denied: the token has ended or was revoked, so replace it; or its policy does "
        f"not hold {needed}"
    )
