"""`Scope`: the token of one build, or of all services, and what it was given.

It opens at the first lookup: its token's accessor is remembered before the token is used. From then
on token and leases are renewed, until it ends and all is revoked as one. A token that has died
meanwhile (revoked by hand, a server that lost its memory) is replaced at the next lookup, and what
it was given is asked for anew.
"""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from typing import Any

from twisted.internet.defer import Deferred
from twisted.internet.defer import TimeoutError as DeferredTimeout

from buildbot_keychain.details import Requester
from buildbot_keychain.errors import ProviderError, quote
from buildbot_keychain.providers.vault._renewals import Renewals
from buildbot_keychain.providers.vault.auth._token import Token, token_of
from buildbot_keychain.providers.vault.builds._build_access import BuildAccess, Means, ScopeToken
from buildbot_keychain.providers.vault.leases._lease import Lease
from buildbot_keychain.providers.vault.leases._leases import Leases
from buildbot_keychain.providers.vault.leases._revocations import Revocations
from buildbot_keychain.providers.vault.secrets._dynamic_names import DynamicName
from buildbot_keychain.providers.vault.transport._request_context import Lookup
from buildbot_keychain.providers.vault.transport._responses import Refusal, Refused
from buildbot_keychain.providers.vault.transport._servers import Connection, Work
from buildbot_keychain.single_flight import SingleFlight

_OPENING = "opening"


class Scope:
    """One scope of a provider.

    :param requester: for whom it is opened; its ``scope`` is how the host calls it, and ``None``
        for what lasts as long as the provider.
    :param access: how it comes to a token.
    :param seconds: how long one errand of its own may take.
    """

    def __init__(
        self,
        requester: Requester | None,
        access: BuildAccess,
        means: Means,
        revocations: Revocations,
        seconds: float,
    ) -> None:
        self.id = None if requester is None else requester.scope
        self.label = self.id or "services"
        self._requester = requester
        self._access = access
        self._means = means
        self._revocations = revocations
        self._seconds = seconds
        self._flights = SingleFlight()
        self._renewals = Renewals(self.label, means.clock, self._flights)
        self._leases = Leases(
            self.label,
            self.call,
            self._renewals,
            means.clock,
            means.wall,
            lasting=self.id is not None,
        )
        self._token: ScopeToken | None = None
        self._all: list[ScopeToken] = []
        self._ended = False

    async def call(
        self,
        lookup: Lookup | None,
        work: Work,
        *,
        path: str,
        repeatable: bool = True,
        denial: str | None = None,
    ) -> Any:  # noqa: ANN401 - whatever the work gives
        """Do `work` with the scope's token; the rules are those of `Session.call`.

        :param lookup: what it is done for; ``None`` for an errand of the scope's own.
        """
        lookup = lookup or self._errand(path)
        opened = await self._opened(lookup)
        for again in (True, False):
            try:
                return await self._connection.call(
                    lookup, work, token=opened.token.value, repeatable=repeatable
                )
            except Refused as refused:
                if refused.refusal is not Refusal.FORBIDDEN:
                    raise
            if not again or await self._is_alive(opened, lookup):
                break
            self._lose(opened)
            opened = await self._opened(lookup)
        reason = (
            f"permission denied to the token of {self.label}, which is alive: its policy must "
            f"allow the path {quote(path)}"
        )
        raise lookup.denied(denial or reason)

    async def lease(self, name: DynamicName, lookup: Lookup) -> Lease:
        """Give what the engine made for this scope under `name`, now or before.

        :raise AccessDenied: when the scope's token may not have it.
        :raise ProviderUnavailable: when no server did it in time.
        """
        lease = self._leases.held(name)
        if lease is not None and self._is_open():
            return lease
        issued: Lease = await self._shared(
            name.request, lambda: self._leases.issue(name, self._errand(name.path)), lookup
        )
        return issued

    async def end(self) -> None:
        """Revoke all that the scope had; never fails."""
        self._ended = True
        self._renewals.clear()
        # What is under way goes on until it is known what to revoke.
        await self._flights.settled()
        self._renewals.clear()
        self._leases.clear()
        opened, self._all, self._token = self._all, [], None
        for one in opened:
            await self._revocations.revoke(self.label, one.accessor, one.token.value)

    def _is_open(self) -> bool:
        return self._token is not None and not self._token.token.has_ended(self._now)

    async def _opened(self, lookup: Lookup) -> ScopeToken:
        if self._token is None or not self._is_open():
            opened: ScopeToken = await self._shared(_OPENING, self._open, lookup)
            return opened
        return self._token

    async def _open(self) -> ScopeToken:
        lookup = self._errand("a token of its own")
        if self._ended:
            raise lookup.failed(f"{self.label} has ended, and is given nothing any more")
        opened = await self._access.open(self._means, lookup, self._requester)
        self._all.append(opened)
        await self._revocations.remember(self.id, opened.accessor, lookup)
        self._leases.clear()
        self._renewals.clear()
        self._token = opened
        self._renewals.keep(_OPENING, opened.token, self._renewed, "the token")
        return opened

    async def _renewed(self) -> Token:
        opened = self._token
        lookup = self._errand("a token of its own")
        if opened is None:
            raise lookup.failed("it is gone")
        answer = await self._connection.call(
            lookup,
            lambda client: client.adapter.post("/v1/auth/token/renew-self"),
            token=opened.token.value,
        )
        token = token_of(answer, self._now, before=opened.token)
        if token is None:
            raise lookup.failed("the server gives no token")
        renewed = ScopeToken(token, opened.accessor)
        self._all = [renewed if one is opened else one for one in self._all]
        if self._token is opened:
            self._token = renewed
        return token

    async def _is_alive(self, opened: ScopeToken, lookup: Lookup) -> bool:
        try:
            await self._connection.call(
                lookup,
                lambda client: client.adapter.get("/v1/auth/token/lookup-self"),
                token=opened.token.value,
            )
        except Refused as refused:
            return refused.refusal is not Refusal.FORBIDDEN
        return True

    def _lose(self, opened: ScopeToken) -> None:
        if self._token is not None and self._token.accessor == opened.accessor:
            self._token = None
            self._leases.clear()
            self._renewals.clear()

    @property
    def _now(self) -> float:
        return float(self._means.clock.seconds())

    @property
    def _connection(self) -> Connection:
        return self._means.session.connection

    def _errand(self, path: str) -> Lookup:
        return Lookup(self._means.provider, path, self._means.clock, self._seconds)

    async def _shared(
        self,
        key: Any,  # noqa: ANN401 - what it is
        begin: Callable[[], Coroutine[Any, Any, Any]],
        lookup: Lookup,
    ) -> Any:  # noqa: ANN401 - whatever it gives
        """Give what others may wait for as well; an error of it is told as one of `lookup`."""
        done: Deferred[Any] = self._flights.do(key, begin)
        done.addTimeout(max(lookup.remaining(), 0.01), self._means.clock)
        problem: ProviderError
        try:
            return await done
        except ProviderError as error:
            problem = type(error)(lookup.provider, lookup.path, error.reason)
        except DeferredTimeout:
            problem = lookup.late(f"{self.label} has not been given it")
        raise problem
