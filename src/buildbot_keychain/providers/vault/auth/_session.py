"""`Session`: sends requests with a token that is alive; everything that reads secrets uses it.

A request that is denied is made once more with another token, if there is one: the first may have
been revoked, or is older than its policy. When that is denied too, the server is asked whether it
knows the token; if so, the policy is the reason.
Every failover, retry, deadline and login is done here and below.
"""

from __future__ import annotations

from typing import Any, Protocol

from buildbot_keychain.providers.vault.auth._token import Token
from buildbot_keychain.providers.vault.transport import (
    ApiRequest,
    RequestContext,
    VaultRefusal,
    VaultRefused,
    VaultServers,
)


class TokenSource(Protocol):
    """Where a session gets its tokens."""

    async def get(self, context: RequestContext) -> Token:
        """Return a token that is alive, a new one if need be."""

    async def replace(self, denied: Token, path: str, context: RequestContext) -> Token | None:
        """Return another token than `denied`, or ``None`` where that would not help.

        :param path: the path of the API that was denied.
        """

    async def explain_denial(
        self, token: Token, path: str, denial: str | None, context: RequestContext
    ) -> str:
        """Remember that `path` is denied for good; return what is wrong, and what to do.

        :param denial: what to say if it is the policy of `token`, and not the token itself.
        """


class Session:
    """Sends requests with tokens of a source.

    :ivar servers: where it sends them.
    :ivar api: what builds them.
    """

    def __init__(self, servers: VaultServers, tokens: TokenSource) -> None:
        self.servers = servers
        self.api = servers.api
        self._tokens = tokens

    async def send(
        self,
        context: RequestContext,
        request: ApiRequest,
        *,
        denial: str | None = None,
    ) -> dict[str, Any]:
        """Return the answer to a request that may be made twice.

        :param denial: what to say when a policy denies it; what the source says by default.
        :raise AccessDenied: when the login is refused, or the request is denied.
        :raise VaultRefused: for other refusals, such as a path where nothing is.
        :raise ProviderUnavailable: when no server answered in time.
        """
        token = await self._tokens.get(context)
        try:
            return await self.servers.send(context, request, token.value)
        except VaultRefused as refused:
            if refused.refusal is not VaultRefusal.FORBIDDEN:
                raise
        another = await self._tokens.replace(token, request.path, context)
        if another is not None:
            token = another
            try:
                return await self.servers.send(context, request, token.value)
            except VaultRefused as refused:
                if refused.refusal is not VaultRefusal.FORBIDDEN:
                    raise
        reason = await self._tokens.explain_denial(token, request.path, denial, context)
        raise context.denied(reason)
