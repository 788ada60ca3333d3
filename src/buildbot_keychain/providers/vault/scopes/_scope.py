"""`Scope`: the token of one build, or of all services, and what it was given.

It opens at the first lookup: the accessor of its token is remembered before the token is used. From
then on token and leases are renewed, until the scope ends and all of it is revoked. A token that
has died meanwhile (revoked by hand, a server that lost its memory) is replaced at the next lookup,
and what it was given is asked for anew.
"""

from __future__ import annotations

from collections.abc import Iterator

from twisted.internet.defer import Deferred

from buildbot_keychain.details import TOKEN, Credential, Expiry, Requester
from buildbot_keychain.errors import quote
from buildbot_keychain.providers.vault.auth import Session, Token, parse_renewed_token
from buildbot_keychain.providers.vault.builds import AccessDependencies, BuildAccess
from buildbot_keychain.providers.vault.renewal import CannotBeRenewed, Renewals, Term
from buildbot_keychain.providers.vault.scopes._lease import Lease
from buildbot_keychain.providers.vault.scopes._leases import Leases, explain_policy_denial
from buildbot_keychain.providers.vault.scopes._revocations import Revocations
from buildbot_keychain.providers.vault.secrets import DynamicName
from buildbot_keychain.providers.vault.transport import (
    RequestContext,
    VaultRefusal,
    VaultRefused,
)
from buildbot_keychain.single_flight import SingleFlight

_TOKEN = "token"  # noqa: S105 - the key of its run and its renewal
_DENIED_FOR = 15.0
_OWN_TOKEN = "a token of its own"  # noqa: S105 - what messages call it


class Scope:
    """One scope of a provider; a `TokenSource`.

    :param requester: for whom it is opened; its ``scope`` is the host's id of it, and ``None`` for
        what lasts as long as the provider.
    :param access: how it gets a token.
    :param seconds: how long opening it, a renewal or a lease may take.
    :ivar session: requests with its token.
    """

    def __init__(
        self,
        requester: Requester | None,
        access: BuildAccess,
        dependencies: AccessDependencies,
        revocations: Revocations,
        seconds: float,
    ) -> None:
        self.id = None if requester is None else requester.scope
        self.label = self.id or "services"
        self._requester = requester
        self._access = access
        self._dependencies = dependencies
        self._servers = dependencies.servers
        self._clock = dependencies.clock
        self._revocations = revocations
        self._seconds = seconds
        self._flights = SingleFlight()
        self._renewals = Renewals(self.label, self._clock, self._flights)
        self.session = Session(self._servers, self)
        self._leases = Leases(
            self.label,
            self.session,
            self._renewals,
            new_context=self._new_context,
            clock=self._clock,
            wall_clock=dependencies.wall_clock,
            lasting=self.id is not None,
        )
        self._token: Token | None = None
        # All that must be revoked, by accessor.
        self._tokens: dict[str, Token] = {}
        self._ended = False
        # Whether a token of this scope was ever allowed to look itself up.
        self._may_look_itself_up = False
        # Until when a denial of a token that may not do that is taken for one by its policy.
        self._denied_until = 0.0

    def expiries(self) -> Iterator[Expiry]:
        """Yield when leases end that cannot be renewed."""
        return self._leases.expiries()

    async def get(self, context: RequestContext) -> Token:
        """Return the scope's token, which is made if need be."""
        token = self._token
        if token is not None and not token.term.has_ended(self._clock.seconds()):
            return token
        opening: Deferred[Token] = self._flights.do(_TOKEN, self._open)
        return await context.wait_for(opening, f"{self.label} has no token yet")

    async def replace(self, denied: Token, path: str, context: RequestContext) -> Token | None:  # noqa: ARG002 - for any path
        """Return a new token if `denied` has died; then all that it had is gone too.

        A token without the policy ``default`` may not look itself up, and then nobody knows whether
        it is alive. So another one is tried, but not again soon after that was denied as well.
        """
        if self._token is None or self._token.accessor != denied.accessor:
            return await self.get(context)
        if await self._is_alive(denied, context):
            return None
        if self._clock.seconds() < self._denied_until:
            return None
        if self._token is not None and self._token.accessor == denied.accessor:
            self._token = None
            self._leases.clear()
            self._renewals.clear()
        return await self.get(context)

    async def explain_denial(
        self,
        token: Token,  # noqa: ARG002 - of any token
        path: str,
        denial: str | None,
        context: RequestContext,  # noqa: ARG002 - nothing is asked
    ) -> str:
        """Return what is likely wrong when `path` is denied to a new token too."""
        now = self._clock.seconds()
        if not self._may_look_itself_up and now >= self._denied_until:
            self._denied_until = now + _DENIED_FOR
        return denial or explain_policy_denial(self.label, f"the path {quote(path)}")

    async def lease(self, name: DynamicName, context: RequestContext) -> Lease:
        """Return what the engine made for this scope under `name`, now or before.

        :raise AccessDenied: when the scope's token may not have it.
        :raise ProviderUnavailable: when no server made it in time.
        """
        lease = self._leases.held(name)
        token = self._token
        if lease and token is not None and not token.term.has_ended(self._clock.seconds()):
            return lease
        issuing: Deferred[Lease] = self._flights.do(name.request, lambda: self._leases.issue(name))
        return await context.wait_for(issuing, f"{self.label} has not been given it")

    def credentials(self) -> list[Credential]:
        """Return its token and leases, those that are alive."""
        token, now = self._token, self._clock.seconds()
        if token is None or token.term.has_ended(now):
            return []
        return [Credential(TOKEN, token.term.left(now)), *self._leases.credentials()]

    async def end(self) -> None:
        """Revoke all that the scope had; fails only when it is cancelled."""
        self._ended = True
        self._renewals.clear()
        # What is in progress goes on until it is known what to revoke.
        await self._flights.settled()
        self._renewals.clear()
        self._leases.clear()
        tokens, self._tokens, self._token = self._tokens, {}, None
        for token in tokens.values():
            await self._revocations.revoke(self.label, token.accessor, token.value)

    async def _open(self) -> Token:
        context = self._new_context(_OWN_TOKEN)
        if self._ended:
            raise context.error(f"{self.label} has ended, and is given nothing any more")
        token = await self._access.open(self._dependencies, context, self._requester)
        self._tokens[token.accessor] = token
        await self._revocations.remember(self.id, token.accessor, context)
        self._leases.clear()
        self._renewals.clear()
        self._token = token
        self._renewals.keep(_TOKEN, token.term, self._renew_token, "the token")
        return token

    async def _renew_token(self) -> Term:
        token, context = self._token, self._new_context(_OWN_TOKEN)
        if token is None:
            reason = "it is gone"
            raise CannotBeRenewed(reason)
        request = self.session.api.hvac.auth.token.renew_self()
        answer = await self._servers.send(context, request, token.value)
        renewed = parse_renewed_token(token, answer, self._clock.seconds())
        if renewed is None:
            raise context.error("the server returned no token")
        if token.accessor in self._tokens:
            self._tokens[token.accessor] = renewed
        if self._token is token:
            self._token = renewed
        return renewed.term

    async def _is_alive(self, token: Token, context: RequestContext) -> bool:
        """Return whether the server knows the token; also ``False`` where it may not ask that."""
        request = self.session.api.hvac.auth.token.lookup_self()
        try:
            await self._servers.send(context, request, token.value)
        except VaultRefused as refused:
            return refused.refusal is not VaultRefusal.FORBIDDEN
        self._may_look_itself_up = True
        return True

    def _new_context(self, path: str) -> RequestContext:
        return RequestContext(self._dependencies.provider, path, self._clock, self._seconds)
