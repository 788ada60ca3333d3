"""`HttpClient`: asks an HTTP server, and takes no more of its answer, and no longer, than is good.

It verifies certificates, follows no redirect, keeps no cookie, uses connections of its own and
closes them when it is closed. This is the one module that knows treq; what goes wrong is told as
`Unreachable`, in words that hold nothing of requests and answers.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any
from weakref import WeakSet

from twisted.internet.defer import CancelledError, Deferred, DeferredSemaphore
from twisted.internet.endpoints import HostnameEndpoint, wrapClientTLS
from twisted.internet.interfaces import IStreamClientEndpoint
from twisted.internet.protocol import Protocol, connectionDone
from twisted.internet.task import deferLater
from twisted.python.failure import Failure
from twisted.web.client import Agent, HTTPConnectionPool, ResponseDone
from twisted.web.http import PotentialDataLoss
from twisted.web.http_headers import Headers
from twisted.web.iweb import IAgentEndpointFactory
from zope.interface import implementer

from buildbot_keychain.providers.http._types import Answer, Identity, Unreachable

CONNECTIONS = 8
"""The most requests at once; others wait."""

_CERTIFICATE = re.compile(rb"-----BEGIN CERTIFICATE-----.*?-----END CERTIFICATE-----", re.DOTALL)
_KEY = re.compile(rb"-----BEGIN ([A-Z ]*PRIVATE KEY)-----.*?-----END \1-----", re.DOTALL)


class HttpClient:
    """Asks servers, at most `CONNECTIONS` times at once.

    :param reactor: Twisted's.
    :param identity: whom we trust and who we are.
    :param largest: bytes that an answer may have.
    :raise ValueError: when a certificate or a key is none; it does not tell what stands there.
    """

    def __init__(self, reactor: Any, identity: Identity, largest: int) -> None:  # noqa: ANN401
        import treq.client  # noqa: PLC0415 - an optional dependency

        self._reactor = reactor
        self._largest = largest
        self._slots = DeferredSemaphore(CONNECTIONS)
        self._pool = HTTPConnectionPool(reactor)
        self._pool.maxPersistentPerHost = CONNECTIONS
        self._endpoints = _Endpoints(reactor, _tls_options(identity))
        agent = Agent.usingEndpointFactory(reactor, self._endpoints, self._pool)
        self._client = treq.client.HTTPClient(agent)

    def get(self, url: str, headers: Mapping[str, str]) -> Deferred[Answer]:
        """Give the answer to a GET request for `url`, whatever its status is.

        :raise Unreachable: when there is none, or it is too large.
        """
        asked = self._slots.run(lambda: Deferred.fromCoroutine(self._get(url, headers)))

        def cancel(answer: Deferred[Answer]) -> None:
            # At once: how the connection ends is of no interest any more.
            answer.errback(CancelledError())
            asked.cancel()

        def answered(result: Any) -> None:  # noqa: ANN401 - an answer or a failure
            if not answer.called:
                answer.callback(result)

        answer: Deferred[Answer] = Deferred(cancel)
        asked.addBoth(answered)
        return answer

    async def close(self) -> None:
        """Close all connections; requests that wait fail."""
        # What is in the middle of an answer goes into the pool only after that.
        await self._next_turn()
        self._pool.closeCachedConnections()
        for connection in list(self._endpoints.connections):
            if connection.transport.connected:
                # To close it properly takes an answer of the other side.
                connection.transport.abortConnection()
        await self._next_turn()

    def _next_turn(self) -> Deferred[None]:
        return deferLater(self._reactor, 0, lambda: None)

    async def _get(self, url: str, headers: Mapping[str, str]) -> Answer:
        try:
            response = await self._client.get(
                url,
                headers=Headers({name: [value] for name, value in headers.items()}),
                allow_redirects=False,
                unbuffered=True,
            )
            body = _Body(self._largest)
            response.deliverBody(body)
            return Answer(response.code, await body.whole)
        except Unreachable:
            raise
        except Exception as error:  # noqa: BLE001 - its text may hold what was sent
            problem = _told(error)
        raise Unreachable(problem)


@implementer(IAgentEndpointFactory)
class _Endpoints:
    """Connects to servers, and knows the connections that there are."""

    def __init__(self, reactor: Any, tls_options: Any) -> None:  # noqa: ANN401 - untyped
        self._reactor = reactor
        self._tls_options = tls_options
        self.connections: WeakSet[Any] = WeakSet()

    def endpointForURI(self, uri: Any) -> Any:  # noqa: ANN401, N802 - Twisted's
        host = uri.host.decode("ascii").strip("[]")
        endpoint: Any = HostnameEndpoint(self._reactor, host, uri.port)
        if uri.scheme == b"https":
            endpoint = wrapClientTLS(self._tls_options(host), endpoint)
        return _Noting(endpoint, self.connections)


@implementer(IStreamClientEndpoint)
class _Noting:
    def __init__(self, endpoint: Any, connections: WeakSet[Any]) -> None:  # noqa: ANN401
        self._endpoint = endpoint
        self._connections = connections

    def connect(self, factory: Any) -> Deferred[Any]:  # noqa: ANN401 - Twisted's
        def note(connection: Any) -> Any:  # noqa: ANN401 - a protocol
            self._connections.add(connection)
            return connection

        connected: Deferred[Any] = self._endpoint.connect(factory)
        return connected.addCallback(note)


class _Body(Protocol):
    """Collects the content of an answer, as far as `largest` bytes."""

    def __init__(self, largest: int) -> None:
        self.whole: Deferred[bytes] = Deferred(lambda _: self._break_off())
        self._left = largest
        self._parts: list[bytes] = []

    def dataReceived(self, data: bytes) -> None:
        self._left -= len(data)
        if self._left >= 0:
            self._parts.append(data)
        elif not self.whole.called:
            self.whole.errback(Unreachable("its answer is too large"))
            self._break_off()

    def connectionLost(self, reason: Failure = connectionDone) -> None:
        if self.whole.called:
            return
        if reason.check(ResponseDone, PotentialDataLoss):
            self.whole.callback(b"".join(self._parts))
        else:
            self.whole.errback(Unreachable("its answer breaks off"))

    def _break_off(self) -> None:
        if self.transport is not None:
            self.transport.loseConnection()


def _tls_options(identity: Identity) -> Callable[[str], Any]:
    """Give a function from a host's name to what Twisted connects to it with."""
    problem = None
    try:
        options = _unchecked_tls_options(identity)
        options("localhost")
    except ValueError as error:
        problem = str(error)
    except Exception as error:  # noqa: BLE001 - OpenSSL's own
        problem = f"a certificate or the key is not accepted ({type(error).__name__})"
    else:
        return options
    raise ValueError(problem)


def _unchecked_tls_options(identity: Identity) -> Callable[[str], Any]:
    from twisted.internet import ssl  # noqa: PLC0415 - an optional dependency

    trusted: Any = ssl.platformTrust()
    if identity.authorities is not None:
        trusted = ssl.trustRootFromCertificates(_certificates(identity.authorities))
    ours, chain = None, {}
    if identity.certificate is not None:
        ours = ssl.PrivateCertificate.loadPEM(_unlocked(identity.key) + identity.certificate)
        signers = [signer.original for signer in _certificates(identity.certificate)[1:]]
        chain = {"extraCertChain": signers} if signers else {}

    def options(host: str) -> Any:  # noqa: ANN401 - Twisted's
        more = dict(chain)
        return ssl.optionsForClientTLS(host, trusted, ours, extraCertificateOptions=more)

    return options


def _certificates(pem: bytes) -> list[Any]:
    from twisted.internet import ssl  # noqa: PLC0415 - an optional dependency

    found = [ssl.Certificate.loadPEM(one) for one in _CERTIFICATE.findall(pem)]
    if not found:
        msg = "a file of certificates holds none in PEM"
        raise ValueError(msg)
    return found


def _unlocked(pem: bytes) -> bytes:
    """Give the key unless it is encrypted: OpenSSL would ask for its passphrase on a terminal."""
    key = _KEY.search(pem)
    if key is None or b"ENCRYPTED" in key[0]:
        msg = "the key must be in PEM and not encrypted"
        raise ValueError(msg)
    return key[0] + b"\n"


def _told(error: BaseException) -> str:
    """Say what happened by the types of errors alone, of each that is behind it as well."""
    reasons = getattr(error, "reasons", None)
    if reasons:
        return ", ".join(dict.fromkeys(_told(reason.value) for reason in reasons))
    words = []
    for argument in error.args:
        # OpenSSL: (library, function, reason), such as "certificate verify failed".
        if type(error).__module__.startswith("OpenSSL") and isinstance(argument, list):
            words += [f": {entry[-1]}" for entry in argument]
    return type(error).__name__ + "".join(words)
