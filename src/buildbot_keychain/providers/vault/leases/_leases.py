"""`Leases`: what engines made for one scope: each once, however many fields of it are asked for."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from buildbot_keychain.errors import quote
from buildbot_keychain.providers.vault._renewals import Renewals
from buildbot_keychain.providers.vault.leases._lease import SHORT_LIFE, Lease, lease_of
from buildbot_keychain.providers.vault.secrets._dynamic_names import DynamicName
from buildbot_keychain.providers.vault.transport._request_context import Lookup
from buildbot_keychain.providers.vault.transport._responses import Refusal, Refused
from buildbot_keychain.providers.vault.transport._servers import Work

_NO_METHOD = 405  # HTTP: method not allowed


class Leases:
    """The leases of one scope, by what was asked of the server.

    :param owner: how messages call the scope.
    :param call: does a piece of work with the scope's token, as `Session.call`.
    :param lasting: whether what has no end is good for as long as the scope, or for a minute.
    :param clock: an ``IReactorTime``.
    :param wall: gives seconds since the epoch.
    """

    def __init__(
        self,
        owner: str,
        call: Callable[..., Any],
        renewals: Renewals,
        clock: Any,  # noqa: ANN401 - an IReactorTime
        wall: Callable[[], float],
        *,
        lasting: bool,
    ) -> None:
        self._owner = owner
        self._call = call
        self._renewals = renewals
        self._clock = clock
        self._wall = wall
        self._lasting = lasting
        self._held: dict[Any, Lease] = {}

    def held(self, name: DynamicName) -> Lease | None:
        """Give what was made under `name` before, unless it has ended."""
        lease = self._held.get(name.request)
        return None if lease is None or lease.has_ended(self._clock.seconds()) else lease

    def clear(self) -> None:
        """Forget everything."""
        self._held.clear()

    async def issue(self, name: DynamicName, lookup: Lookup) -> Lease:
        """Have it made, and renewed from then on.

        :raise ProviderError: when the server refuses or does not answer.
        """
        reason, answer = "it gives no secret there", None
        try:
            answer = await self._call(
                lookup, _request(name), path=name.path, denial=self._denial(name)
            )
        except Refused as refused:
            reason = _why(refused, name)
        lease = None
        if answer is not None:
            lease = lease_of(answer, self._clock.seconds(), self._wall())
        if lease is None:
            raise lookup.failed(f"that is an engine of type {name.engine!r}, and {reason}")
        if not lease.ttl and not self._lasting:
            lease = lease.ending_after(SHORT_LIFE)
        self._hold(name, lease)
        return lease

    def _denial(self, name: DynamicName) -> str:
        ability, other = "update", ""
        if name.parameters is None:
            ability, other = "read", "; to write to it, put a '?' after it"
        return (
            f"permission denied to the token of {self._owner}, which is alive: its policy must "
            f"allow the capability {ability!r} on {quote(name.path)}{other}"
        )

    def _hold(self, name: DynamicName, lease: Lease) -> None:
        self._held[name.request] = lease
        self._renewals.keep(
            name.request, lease, lambda: self._renewed(name), f"the lease of {quote(name.path)}"
        )

    async def _renewed(self, name: DynamicName) -> Lease:
        lease = self._held[name.request]
        body = {"lease_id": lease.id, "increment": round(lease.first_ttl)}
        answer = await self._call(
            None,
            lambda client: client.adapter.post("/v1/sys/leases/renew", json=body),
            path="sys/leases/renew",
        )
        renewed = lease.renewed(answer, self._clock.seconds())
        if self._held.get(name.request) is lease:
            self._held[name.request] = renewed
        return renewed


def _request(name: DynamicName) -> Work:
    if name.parameters is None:
        return lambda client: client.adapter.get(name.url)
    return lambda client: client.adapter.post(name.url, json=dict(name.parameters or ()))


def _why(refused: Refused, name: DynamicName) -> str:
    if refused.status == _NO_METHOD and name.parameters is None:
        return f"it lets nothing be read there; to write to it, put a '?' after it: {name.path}?"
    if refused.status == _NO_METHOD:
        return "it lets nothing be written there; leave out the '?' and what follows it"
    if refused.refusal is Refusal.BAD_REQUEST:
        return "it takes that for a wrong request; check that the role is there, and the parameters"
    if refused.refusal in {Refusal.NO_MOUNT, Refusal.ABSENT}:
        return "it has nothing there (HTTP 404)"
    return f"the server {refused.reason}"
