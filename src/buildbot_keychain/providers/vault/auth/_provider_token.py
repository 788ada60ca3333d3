"""`ProviderToken`: the token of one provider, from its login to its end.

1. There is one login at a time, however many lookups wait for it.
2. After a third of its life the token is renewed. If that is not possible, or gains nothing more,
   there is a new login. Until that is done the old token is used, for as long as it lives.
   A token in a file is left to what writes the file.
3. While the service runs this happens automatically; otherwise when a token is asked for.
4. A login that is refused is not repeated at once: after too many, directories lock accounts.
5. A path that is denied to a new token too causes no further login for a while.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from twisted.internet.defer import Deferred

from buildbot_keychain.details import TOKEN, Credential, Expiry
from buildbot_keychain.errors import AccessDenied, ProviderError, quote
from buildbot_keychain.providers.vault.auth._authenticators import VaultAuthenticator
from buildbot_keychain.providers.vault.auth._login import Login, is_token_known
from buildbot_keychain.providers.vault.auth._token import Token, parse_renewed_token
from buildbot_keychain.providers.vault.renewal import CannotBeRenewed, Renewals, Term
from buildbot_keychain.providers.vault.transport import RequestContext, VaultRefused, VaultServers
from buildbot_keychain.single_flight import SingleFlight

_FIRST_REST, _LONGEST_REST = 1.0, 15.0
"""Seconds after a refused login until the next one; the time doubles."""
_SHARE = 0.9
"""The part of a lookup's time that a login may take: the rest is for reporting why it failed."""
_DENIED_FOR = 15.0
_MOST_DENIED = 1000


class ProviderToken:
    """The token of one provider; a `TokenSource`.

    :param authenticator: how to log in.
    :param name: the provider's name, for errors and the log.
    :param seconds: how long a login, or a renewal, may take.
    :param render: renders arguments that are renderables.
    :param clock: an ``IReactorTime``.
    """

    def __init__(
        self,
        servers: VaultServers,
        authenticator: VaultAuthenticator,
        *,
        name: str,
        seconds: float,
        render: Callable[[object], Deferred[Any]],
        clock: Any,  # noqa: ANN401 - an IReactorTime
    ) -> None:
        self._servers = servers
        self._authenticator = authenticator
        self._name = name
        self._seconds = seconds
        self._render = render
        self._clock = clock
        self._flights = SingleFlight()
        self._renewals = Renewals(f"provider {name!r}", clock, self._flights, running=False)
        # What the authenticator keeps from one login to the next.
        self._memory: dict[str, Any] = {}
        self._token: Token | None = None
        self._refusal = ""
        self._rest = _FIRST_REST
        self._refused_until = 0.0
        # Until when a path is known to be denied to a new token too.
        self._denied: dict[str, float] = {}

    async def get(self, context: RequestContext) -> Token:
        """Return a token that is alive, after a login if need be.

        :raise AccessDenied: when the login is refused.
        :raise ProviderUnavailable: when it cannot be made now.
        """
        token = self._token
        if token is None or token.term.has_ended(self._clock.seconds()):
            return await self._logged_in(context)
        if self._authenticator.watched_file is not None and await self._file_changed(context):
            return await self._logged_in(context)
        self._renewals.run_due()
        return token

    async def replace(self, denied: Token, path: str, context: RequestContext) -> Token | None:
        """Return the token of another login, unless that would be denied `path` too."""
        if self._denied.get(path, 0.0) > self._clock.seconds():
            return None
        token = self._token
        if token is None or token.value == denied.value:
            token = await self._logged_in(context)
        return None if token.value == denied.value else token

    async def explain_denial(
        self, token: Token, path: str, denial: str | None, context: RequestContext
    ) -> str:
        """Remember that `path` is denied for good; return what is wrong, and what to do."""
        self._note_denied(path)
        # A proxy may have added one.
        known = await is_token_known(self._servers, token, context)
        if not token.value and not known:
            return "no token was sent: give an authenticator, or have a proxy in front add a token"
        if known is False:
            return (
                "the server does not know the token: it is wrong, has expired or was revoked; "
                "replace it"
            )
        policy = denial or (
            "its policy must allow the path "
            f"{quote(path)} with the capability that it needs, such as read"
        )
        if known:
            return denial or f"permission denied to a token that is alive: {policy}"
        return f"permission denied; {policy}; or the token has expired or was revoked: replace it"

    async def expiries(self) -> list[Expiry]:
        """Return when the token ends, unless another follows by itself, and what it logs in with.

        :raise ProviderError: when no server answers.
        """
        token = self._token
        if token is None:
            return []
        found = []
        remedy = self._remedy(token)
        if remedy and token.term.ttl:
            term = token.term
            end = term.obtained + term.ttl
            found.append(Expiry(TOKEN, "the token", end, remedy, term.first_ttl))
        context = RequestContext(self._name, "its expiries", self._clock, self._seconds)
        login = Login(self._servers, context, self._render, self._clock, self._memory)
        return found + await self._authenticator.expiries(login, token)

    def _remedy(self, token: Token) -> str:
        """Return what to do before the token ends; empty if nothing."""
        if self._refusal:
            return f"the provider {self._refusal}"
        file = self._authenticator.watched_file
        if file is not None:
            return f"replace it in {file}"
        if self._authenticator.logs_in or token.term.can_be_renewed:
            return ""
        return "give the provider another one: it cannot be renewed"

    def credentials(self) -> list[Credential]:
        """Return the token, if it is alive."""
        token, now = self._token, self._clock.seconds()
        if token is None or token.term.has_ended(now):
            return []
        return [Credential(TOKEN, token.term.left(now))]

    def start(self) -> None:
        """Keep the token alive automatically from now on."""
        self._renewals.start()

    def stop(self) -> None:
        """End what is in progress, and forget the token."""
        self._renewals.stop()
        self._token = None
        self._memory.clear()
        self._flights.cancel()

    async def _file_changed(self, context: RequestContext) -> bool:
        """Return whether the file that the token was read from has been replaced."""
        stamp = await self._servers.run(context, self._authenticator.file_stamp)
        return bool(stamp != self._memory.get("file_stamp"))

    async def _logged_in(self, context: RequestContext) -> Token:
        """Return the token of a new login, or of the one that is in progress."""
        login: Deferred[Token] = self._flights.do("login", self._log_in)
        return await context.wait_for(login, "the login is not done")

    async def _log_in(self) -> Token:
        context = RequestContext(self._name, "its login", self._clock, self._seconds * _SHARE)
        if self._refusal and self._clock.seconds() < self._refused_until:
            raise context.denied(self._refusal)
        login = Login(self._servers, context, self._render, self._clock, self._memory)
        try:
            token = await self._authenticator.log_in(login)
        except ProviderError as error:
            reason = f"cannot log in: {error.reason}"
            if isinstance(error, AccessDenied) and login.was_refused:
                self._refusal = reason
                self._refused_until = self._clock.seconds() + self._rest
                self._rest = min(2 * self._rest, _LONGEST_REST)
            raise type(error)(context.provider, context.path, reason) from error
        self._refusal, self._rest = "", _FIRST_REST
        self._token = token
        if self._authenticator.watched_file is None:
            self._renewals.keep(
                "token", token.term, self._renew_token, "the token", run_when_due=True
            )
        return token

    async def _renew_token(self) -> Term:
        """Renew the token, or replace it where that gains nothing."""
        context = RequestContext(self._name, "its token", self._clock, self._seconds)
        token = self._token
        if token is None:
            reason = "it has been forgotten"
            raise CannotBeRenewed(reason)
        refusal = ""
        if token.term.can_be_renewed:
            try:
                answer = await self._servers.send(
                    context, self._servers.api.hvac.auth.token.renew_self(), token.value
                )
            except VaultRefused as refused:
                refusal = refused.reason
            else:
                renewed = parse_renewed_token(token, answer, self._clock.seconds())
                if renewed is not None:
                    if self._token is token:
                        self._token = renewed
                    return renewed.term
        if self._token is not None and self._token is not token:
            return self._token.term
        if self._authenticator.logs_in:
            return (await self._logged_in(context)).term
        left = round(token.term.remaining(self._clock.seconds()))
        reason = f"it ends in {left} seconds and cannot be renewed; replace it"
        if refusal:
            reason = f"it ends in {left} seconds, and the server {refusal}; replace it"
        raise CannotBeRenewed(reason)

    def _note_denied(self, path: str) -> None:
        now = self._clock.seconds()
        if len(self._denied) >= _MOST_DENIED:
            self._denied = {p: until for p, until in self._denied.items() if until > now}
        if self._denied.get(path, 0.0) <= now:
            self._denied[path] = now + _DENIED_FOR
