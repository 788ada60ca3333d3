"""Host names are resolved in threads of a pool of our own, within a deadline.

Twisted resolves them in the reactor's default pool, where a few names that no DNS server answers
hold up everything else that runs there. `ResolvingReactor` is the reactor that an endpoint is
given: it has another resolver, and the reactor itself is not changed. An IP address is used as it
is, without a thread.
"""

from __future__ import annotations

import socket
from collections.abc import Sequence
from functools import partial
from typing import Any

from twisted.internet.address import IPv4Address, IPv6Address
from twisted.internet.defer import Deferred
from twisted.internet.defer import TimeoutError as DeferredTimeout
from twisted.internet.interfaces import (
    IAddress,
    IHostnameResolver,
    IHostResolution,
    IReactorPluggableNameResolver,
    IResolutionReceiver,
)
from twisted.python.failure import Failure
from zope.interface import implementer

from buildbot_keychain.workpool import WorkPool

_Found = list[tuple[Any, ...]]
_ADDRESS_TYPES = {socket.AF_INET: IPv4Address, socket.AF_INET6: IPv6Address}


@implementer(IHostResolution)
class _Resolution:
    """A name that is being resolved."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.lookup: Deferred[_Found] | None = None

    def cancel(self) -> None:
        if self.lookup is not None:
            self.lookup.cancel()


@implementer(IHostnameResolver)
class NameResolver:
    """Resolves the host name of one connection attempt with ``getaddrinfo``.

    :param pool: the threads.
    :param timeout: seconds for a name.
    :ivar problem: why the name has no address.
    :ivar timed_out: whether that is because its lookup took too long.
    """

    def __init__(self, pool: WorkPool, timeout: float) -> None:
        self._pool = pool
        self._timeout = timeout
        self._resolutions: list[_Resolution] = []
        self.problem = "it has no address"
        self.timed_out = False

    def resolveHostName(  # noqa: N802 - Twisted's
        self,
        resolutionReceiver: IResolutionReceiver,  # noqa: N803 - Twisted's
        hostName: str,  # noqa: N803 - Twisted's
        portNumber: int = 0,  # noqa: N803 - Twisted's
        addressTypes: Sequence[type[IAddress]] | None = None,  # noqa: ARG002, N803 - Twisted's
        transportSemantics: str = "TCP",  # noqa: ARG002, N803 - Twisted's
    ) -> IHostResolution:
        """Begin to resolve a name; its addresses go to the receiver."""
        resolution = _Resolution(hostName)
        resolutionReceiver.resolutionBegan(resolution)
        find = partial(socket.getaddrinfo, hostName, portNumber, 0, socket.SOCK_STREAM, 0)
        try:
            # Such a lookup reads no file and asks no server.
            _deliver(resolutionReceiver, find(socket.AI_NUMERICHOST))
        except (OSError, UnicodeError):
            self._resolutions.append(resolution)
            resolution.lookup = self._pool.run(self._timeout, find)
            resolution.lookup.addErrback(self._failed)
            resolution.lookup.addCallback(partial(_deliver, resolutionReceiver))
        return resolution

    def cancel(self) -> None:
        """Cancel all lookups; their receivers get no address."""
        for resolution in self._resolutions:
            resolution.cancel()

    def _failed(self, failure: Failure) -> _Found:
        error = failure.value
        if isinstance(error, socket.gaierror):
            self.problem = str(error.strerror)
        elif isinstance(error, UnicodeError):
            self.problem = "it is not a valid host name"
        elif failure.check(DeferredTimeout):
            self.problem = "its lookup took too long"
            self.timed_out = True
        return []


@implementer(IReactorPluggableNameResolver)
class ResolvingReactor:
    """A reactor with another resolver of host names."""

    def __init__(self, reactor: Any, resolver: IHostnameResolver) -> None:  # noqa: ANN401 - Twisted's
        self._reactor = reactor
        self.nameResolver = resolver

    def installNameResolver(self, resolver: IHostnameResolver) -> IHostnameResolver:  # noqa: N802
        """Replace the resolver, and return the previous one."""
        replaced, self.nameResolver = self.nameResolver, resolver
        return replaced

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401 - anything of a reactor
        return getattr(self._reactor, name)


def _deliver(receiver: IResolutionReceiver, found: _Found) -> None:
    for family, _, _, _, address in found:
        if family in _ADDRESS_TYPES:
            receiver.addressResolved(_ADDRESS_TYPES[family]("TCP", *address))
    receiver.resolutionComplete()
