"""`TokenKeeper`: has one token, and sees to it that it is alive when it is needed.

1. One login at a time, however many lookups wait for it.
2. After a third of its life a token is renewed. Where renewing gains nothing more, or is not
   possible, there is a new login. Until that is done the old token serves, for as long as it lives.
3. While the service runs this happens by itself; before that, when a token is asked for.
4. A login that is refused is not repeated at once: after too many, directories lock accounts.

It shows the token to nobody but `Session`, and keeps none on disk.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from twisted.internet.defer import CancelledError, Deferred
from twisted.internet.defer import TimeoutError as DeferredTimeout
from twisted.logger import Logger, LogLevel

from buildbot_keychain.errors import AccessDenied, KeychainError, ProviderError
from buildbot_keychain.providers.vault.auth._authenticator import VaultAuthenticator
from buildbot_keychain.providers.vault.auth._login import Login
from buildbot_keychain.providers.vault.auth._token import Token, token_of
from buildbot_keychain.providers.vault.transport._request_context import Lookup
from buildbot_keychain.providers.vault.transport._responses import Refused
from buildbot_keychain.providers.vault.transport._servers import Connection
from buildbot_keychain.single_flight import SingleFlight

_FIRST_REST, _LONGEST_REST = 1.0, 15.0
_AGAIN = 0.25
"""Of the time that a token has left: when a renewal that failed is tried again."""
_SHORTEST_WAIT = 0.5
_SHARE = 0.9


class TokenKeeper:
    """The token of one provider.

    :param connection: the servers.
    :param authenticator: how to log in.
    :param name: the provider's name, for errors and the log.
    :param seconds: how long a login, or a renewal, may take.
    :param render: renders arguments that are renderables.
    :param reactor: an ``IReactorTime``.
    """

    log = Logger()

    def __init__(
        self,
        connection: Connection,
        authenticator: VaultAuthenticator,
        *,
        name: str,
        seconds: float,
        render: Callable[[object], Deferred[Any]],
        reactor: Any,  # noqa: ANN401 - an IReactorTime
    ) -> None:
        self._connection = connection
        self._authenticator = authenticator
        self._name = name
        self._seconds = seconds
        self._render = render
        self._reactor = reactor
        self._flights = SingleFlight()
        # What the authenticator wants to know again at the next login.
        self._memory: dict[str, Any] = {}
        self._token: Token | None = None
        self._due: float | None = None
        self._timer: Any = None
        self._running = False
        self._refused = ""
        self._rest = _FIRST_REST
        self._rested = 0.0

    async def get(self, lookup: Lookup) -> Token:
        """Give a token that is alive, after a login if need be.

        :raise AccessDenied: when the login is refused.
        :raise ProviderUnavailable: when it cannot be made now.
        """
        now = self._reactor.seconds()
        token = self._token
        if token is None or token.has_ended(now) or await self._is_replaced(lookup):
            return await self._logged_in(lookup)
        if self._due is not None and now >= self._due:
            self._maintain()
        return token

    async def another(self, than: Token, lookup: Lookup) -> Token | None:
        """Give another token `than` one that was denied something; ``None`` if there is none."""
        token = self._token
        if token is None or token.value == than.value:
            token = await self._logged_in(lookup)
        return None if token.value == than.value else token

    def start(self) -> None:
        """Keep the token alive by itself from now on."""
        self._running = True
        self._schedule()

    def stop(self) -> None:
        """End what is under way, and forget the token."""
        self._running = False
        self._token = self._due = None
        self._memory.clear()
        self._schedule()
        self._flights.cancel()

    async def _is_replaced(self, lookup: Lookup) -> bool:
        """Tell whether what the token was read from holds another one by now."""
        path = self._authenticator.watched
        if path is None:
            return False
        found = await self._connection.run(lookup, self._authenticator.signature)
        return bool(found != self._memory.get("signature"))

    async def _logged_in(self, lookup: Lookup) -> Token:
        """Give the token of a new login, or of the one that is under way."""
        done = self._flights.do("login", self._log_in)
        done.addTimeout(max(lookup.remaining(), 0.01), self._reactor)
        kind, reason = ProviderError, ""
        try:
            token: Token = await done
        except ProviderError as error:
            kind, reason = type(error), error.reason
        except DeferredTimeout:
            raise lookup.late("the login is not done") from None
        except CancelledError:
            raise
        except KeychainError as error:
            reason = str(error)
        if reason:
            raise kind(lookup.provider, lookup.path, f"cannot log in: {reason}")
        return token

    async def _log_in(self) -> Token:
        # Less time than those have who wait for it: they are to hear the reason.
        seconds = self._seconds * _SHARE
        lookup = Lookup(self._name, "its login", self._reactor, seconds)
        if self._refused and self._reactor.seconds() < self._rested:
            raise lookup.denied(self._refused)
        login = Login(self._connection, lookup, self._render, self._reactor, self._memory)
        try:
            token = await self._authenticator.log_in(login)
        except AccessDenied as error:
            if login.was_refused:
                self._refused = error.reason
                self._rested = self._reactor.seconds() + self._rest
                self._rest = min(2 * self._rest, _LONGEST_REST)
            raise
        self._refused, self._rest = "", _FIRST_REST
        self._adopt(token)
        return token

    def _adopt(self, token: Token) -> None:
        self._token = token
        self._due = token.due()
        self._schedule()

    def _schedule(self) -> None:
        if self._timer is not None and self._timer.active():
            self._timer.cancel()
        self._timer = None
        if self._running and self._due is not None:
            wait = max(self._due - self._reactor.seconds(), 0.0)
            self._timer = self._reactor.callLater(wait, self._maintain)

    def _maintain(self) -> None:
        """Renew or replace the token; nobody waits for it."""
        self._due = None
        self._flights.do("maintenance", self._maintained).addErrback(lambda _: None)

    async def _maintained(self) -> None:
        token = self._token
        if token is None:
            return
        lookup = Lookup(self._name, "its token", self._reactor, self._seconds)
        try:
            renewed = await self._renewed(token, lookup)
            if renewed is None and self._token is token:
                await self._replace(token, lookup)
        except KeychainError as error:
            self.log.emit(
                LogLevel.warn, "the token is not renewed yet: {error!s}", error=str(error)
            )
        if self._token is token and self._authenticator.logs_in | token.can_be_renewed:
            # Nothing came of it: again, the more often the nearer the end is.
            now = self._reactor.seconds()
            left = token.obtained + token.ttl - now
            self._due = now + max(left * _AGAIN, _SHORTEST_WAIT) if left > 0 else None
            self._schedule()

    async def _renewed(self, token: Token, lookup: Lookup) -> Token | None:
        """Renew `token`; ``None`` when that gains nothing."""
        if not token.can_be_renewed:
            return None
        try:
            answer = await self._connection.call(
                lookup, lambda client: client.auth.token.renew_self(), token=token.value
            )
        except Refused:
            return None
        renewed = token_of(answer, self._reactor.seconds(), before=token)
        if renewed is not None and self._token is token:
            self._adopt(renewed)
        return renewed

    async def _replace(self, token: Token, lookup: Lookup) -> None:
        if self._authenticator.logs_in:
            await self._logged_in(lookup)
            return
        left = token.obtained + token.ttl - self._reactor.seconds()
        self.log.emit(
            LogLevel.warn,
            "provider {name!r}: its token ends in {left} seconds and cannot be renewed; replace it",
            name=self._name,
            left=round(left),
        )
