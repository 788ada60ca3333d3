"""`Leases`: what engines made for one scope: each once, however many of its fields are wanted."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from buildbot_keychain.details import LEASE, Credential, Expiry
from buildbot_keychain.errors import AccessDenied, quote
from buildbot_keychain.providers.vault.auth import Session
from buildbot_keychain.providers.vault.renewal import CannotBeRenewed, Renewals, Term
from buildbot_keychain.providers.vault.scopes._lease import SHORT_LIFE, Lease, parse_lease
from buildbot_keychain.providers.vault.secrets import DynamicName
from buildbot_keychain.providers.vault.transport import (
    ApiRequest,
    RequestContext,
    VaultRefusal,
    VaultRefused,
)

_METHOD_NOT_ALLOWED = 405


class Leases:
    """The leases of one scope, by what was asked of the server.

    :param owner: how messages call the scope.
    :param session: requests with the scope's token.
    :param new_context: returns a `RequestContext` for a path.
    :param lasting: whether what has no end is good for as long as the scope, or for a minute.
    :param clock: an ``IReactorTime``.
    :param wall_clock: returns seconds since the epoch.
    """

    def __init__(
        self,
        owner: str,
        session: Session,
        renewals: Renewals,
        *,
        new_context: Callable[[str], RequestContext],
        clock: Any,  # noqa: ANN401 - an IReactorTime
        wall_clock: Callable[[], float],
        lasting: bool,
    ) -> None:
        self._owner = owner
        self._session = session
        self._renewals = renewals
        self._new_context = new_context
        self._clock = clock
        self._wall_clock = wall_clock
        self._lasting = lasting
        self._held: dict[Any, Lease] = {}

    def held(self, name: DynamicName) -> Lease | None:
        """Return what was made under `name` before, unless it has ended."""
        lease = self._held.get(name.request)
        has_ended = lease is not None and lease.term.has_ended(self._clock.seconds())
        return None if has_ended else lease

    def expiries(self) -> Iterator[Expiry]:
        """Yield when what was made ends that cannot be renewed."""
        for (path, *_), lease in self._held.items():
            term = lease.term
            if term.ttl and not term.can_be_renewed and not term.has_ended(self._clock.seconds()):
                remedy = "reconfigure the services that have it, or set refresh_dynamic"
                yield Expiry(LEASE, path, term.obtained + term.ttl, remedy, term.first_ttl)

    def credentials(self) -> list[Credential]:
        """Return those that are alive."""
        now = self._clock.seconds()
        terms = [lease.term for lease in self._held.values()]
        return [Credential(LEASE, term.left(now)) for term in terms if not term.has_ended(now)]

    def clear(self) -> None:
        """Forget everything."""
        self._held.clear()

    async def issue(self, name: DynamicName) -> Lease:
        """Have the engine make it, and renew it from then on.

        :raise ProviderError: when the server refuses or does not answer.
        """
        context = self._new_context(name.path)
        # This may be sent twice, when the first answer is lost: what was made then is leased to the
        # scope's token too, and ends with it.
        engine = f"that is an engine of type {name.engine!r}, and"
        try:
            answer = await self._session.send(
                context, self._request(name), denial=self._denial(name)
            )
        except VaultRefused as refused:
            raise context.error(f"{engine} {_explain_refused_lease(refused, name)}") from refused
        lease = parse_lease(answer, self._clock.seconds(), self._wall_clock())
        if lease is None:
            raise context.error(f"{engine} it returned no secret")
        if not lease.term.ttl and not self._lasting:
            lease = lease.ending_after(SHORT_LIFE)
        self._held[name.request] = lease
        self._renewals.keep(
            name.request,
            lease.term,
            lambda: self._renew_lease(name),
            f"the lease of {quote(name.path)}",
        )
        return lease

    def _request(self, name: DynamicName) -> ApiRequest:
        adapter = self._session.api.hvac.adapter
        if name.parameters is None:
            request = adapter.get(name.url)
        else:
            request = adapter.post(name.url, json=dict(name.parameters))
        return request  # type: ignore[no-any-return] # hvac has no types

    def _denial(self, name: DynamicName) -> str:
        capability, other = "update", ""
        if name.parameters is None:
            capability, other = "read", "; to write to it, put a '?' after it"
        needed = f"the capability {capability!r} on {quote(name.path)}{other}"
        return explain_policy_denial(self._owner, needed)

    async def _renew_lease(self, name: DynamicName) -> Term:
        lease = self._held[name.request]
        # Not hvac's own method, which sends by PUT.
        request = self._session.api.hvac.adapter.post(
            "/v1/sys/leases/renew",
            json={"lease_id": lease.id, "increment": round(lease.term.first_ttl)},
        )
        try:
            answer = await self._session.send(self._new_context(request.path), request)
        except AccessDenied as error:
            raise CannotBeRenewed(error.reason) from error
        renewed = lease.renewed(answer, self._clock.seconds())
        if self._held.get(name.request) is lease:
            self._held[name.request] = renewed
        return renewed.term


def explain_policy_denial(owner: str, needed: str) -> str:
    """Return the reason of an error: what the policy of the token of `owner` must allow."""
    return (
        f"permission denied to the token of {owner}, which is alive: its policy must allow {needed}"
    )


def _explain_refused_lease(refused: VaultRefused, name: DynamicName) -> str:
    if refused.status == _METHOD_NOT_ALLOWED and name.parameters is None:
        return f"it lets nothing be read there; to write to it, put a '?' after it: {name.path}?"
    if refused.status == _METHOD_NOT_ALLOWED:
        return "it lets nothing be written there; leave out the '?' and what follows it"
    if refused.refusal is VaultRefusal.BAD_REQUEST:
        return "it rejects the request as invalid; check that the role is there, and the parameters"
    if refused.refusal in {VaultRefusal.NO_MOUNT, VaultRefusal.ABSENT}:
        return "it has nothing there (HTTP 404)"
    return f"the server {refused.reason}"
