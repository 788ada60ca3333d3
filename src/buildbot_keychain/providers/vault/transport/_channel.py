"""`Channel`: one thread's connections to the servers, one to each, kept open between requests.

It follows no redirect, obeys no variable of the environment (proxies, ``.netrc``, bundles), logs
nothing, and reads no more than `LONGEST` bytes. A `Attempt` of work ends at its deadline whatever
the server does: whoever waits for it calls `Attempt.abort`, from any thread, and its sockets are
shut under it. So a server that sends a byte a second holds no thread.
"""

from __future__ import annotations

import contextlib
import http.client
import select
import socket
import ssl
import threading
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from buildbot_keychain.providers.http._tls_socket import TlsSocket
from buildbot_keychain.providers.vault.transport._addresses import Address
from buildbot_keychain.providers.vault.transport._responses import Interrupted, NotSent
from buildbot_keychain.providers.vault.transport._tls import FileStamp, TlsConfiguration

LONGEST = 8 << 20
"""Bytes of one answer: an entry of KV is at most one megabyte."""

_CONNECTING = 5.0
_CHUNK = 1 << 16
_NO_CONTENT = 204


@dataclass(frozen=True)
class Response:
    """What came back; names of headers are in lower case."""

    status: int
    headers: Mapping[str, str]
    body: bytes


class Attempt:
    """A attempt of work that may use a channel for so many seconds from its beginning."""

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self._end: float | None = None
        self._channel: Channel | None = None
        self._aborted = False

    def remaining(self) -> float:
        """Give the seconds that are left.

        :raise Interrupted: when none are.
        """
        if self._end is None:
            self._end = time.monotonic() + self._seconds
        left = self._end - time.monotonic()
        if self._aborted or left <= 0:
            msg = "did not answer in time"
            raise Interrupted(msg)
        return left

    def begin(self, channel: Channel) -> None:
        """Begin, in the thread of `channel`."""
        self._channel = channel
        self.remaining()

    def abort(self) -> None:
        """End it, from any thread: what it waits for fails now. Afterwards it does nothing."""
        self._aborted = True
        if self._channel is not None:
            self._channel.abort(self)


class Channel:
    """The connections of one thread.

    :param tls: for TLS.
    """

    # What hvac asks a session for.
    verify = cert = proxies = None

    def __init__(self, tls: TlsConfiguration) -> None:
        self._tls = tls
        self._context: ssl.SSLContext | None = None
        self._stamp: FileStamp | None = None
        self._connections: dict[Address, http.client.HTTPConnection] = {}
        self._lock = threading.Lock()
        self._attempt: Attempt | None = None
        self._closed = False

    @contextlib.contextmanager
    def serving(self, attempt: Attempt) -> Iterator[None]:
        """Work at `attempt`, in the thread that this channel belongs to.

        :raise Interrupted: when it is over before it began.
        """
        with self._lock:
            self._attempt = attempt
        try:
            attempt.begin(self)
            yield
        finally:
            with self._lock:
                self._attempt = None
                if self._closed:
                    self._drop_all()

    def abort(self, attempt: Attempt) -> None:
        """Shut the sockets under `attempt`, if that is what is worked at; from any thread."""
        with self._lock:
            if self._attempt is attempt:
                self._shut()

    def close(self) -> None:
        """Close the connections, from any thread; those in use are shut."""
        with self._lock:
            self._closed = True
            if self._attempt is None:
                self._drop_all()
            else:
                self._shut()

    def request(
        self, address: Address, method: str, target: str, headers: Mapping[str, str], body: bytes
    ) -> Response:
        """Send a request and give the whole response.

        :param target: the quoted path and query, with a slash before them.
        :raise NotSent: when there is no connection.
        :raise Interrupted: when there is no whole response.
        """
        connection = self._connection(address)
        problem = None
        try:
            self._limit(connection)
            connection.request(method, address.prefix + target, body or None, dict(headers))
            response = self._response(connection)
        except Interrupted:
            self._drop(address)
            raise
        except (TimeoutError, http.client.HTTPException, OSError) as error:
            problem = _broken(error)
        if problem is not None:
            self._drop(address)
            raise Interrupted(problem)
        return response

    def _connection(self, address: Address) -> http.client.HTTPConnection:
        stamp = self._tls.stamp()
        if stamp != self._stamp:
            self._drop_all()
            self._stamp, self._context = stamp, None
        connection = self._connections.get(address)
        if connection is not None and _is_stale(connection):
            self._drop(address)
            connection = None
        if connection is None:
            connection = self._connect(address)
        return connection

    def _connect(self, address: Address) -> http.client.HTTPConnection:
        timeout = min(self._remaining(), _CONNECTING)
        problem = None
        try:
            connection = self._unconnected(address, timeout)
            try:
                connection.connect()
            except BaseException:
                connection.close()
                raise
        except ssl.SSLCertVerificationError as error:
            problem = (
                f"has a certificate that is not to be trusted ({error.verify_message}); set "
                "ca_bundle to the certificate of its authority, or correct the host's name"
            )
        except (OSError, ValueError) as error:
            problem = _unreachable(error)
        if problem is not None:
            raise NotSent(problem)
        self._connections[address] = connection
        return connection

    def _unconnected(self, address: Address, timeout: float) -> http.client.HTTPConnection:
        if address.scheme != "https":
            return http.client.HTTPConnection(address.host, address.port, timeout=timeout)
        if self._context is None:
            self._context = self._tls.load()
            self._context.sslsocket_class = TlsSocket
        return http.client.HTTPSConnection(
            address.host, address.port, timeout=timeout, context=self._context
        )

    def _response(self, connection: http.client.HTTPConnection) -> Response:
        # Closed, for it is the last to hold the socket where the connection is not kept open.
        with connection.getresponse() as response:
            body = self._body(connection, response)
            headers = {name.lower(): value for name, value in response.getheaders()}
            return Response(response.status, headers, body)

    def _body(
        self, connection: http.client.HTTPConnection, response: http.client.HTTPResponse
    ) -> bytes:
        chunks, size = [], 0
        while not response.isclosed():
            self._limit(connection)
            chunk = response.read(_CHUNK)
            chunks.append(chunk)
            size += len(chunk)
            if size > LONGEST:
                msg = f"answered with more than {LONGEST} bytes"
                raise Interrupted(msg)
            if not chunk:
                break
        # An abort looks like an end of headers and body to who reads them.
        self._remaining()
        # So does a connection that breaks: only headers that are whole say how long the body is.
        is_measured = response.chunked or response.length is not None
        if response.length or not (is_measured or size or response.status == _NO_CONTENT):
            msg = "broke off in the middle of its answer"
            raise Interrupted(msg)
        return b"".join(chunks)

    def _remaining(self) -> float:
        if self._attempt is None or self._closed:
            msg = "is not asked any more: the provider has been stopped"
            raise Interrupted(msg)
        return self._attempt.remaining()

    def _shut(self) -> None:
        for connection in list(self._connections.values()):
            if connection.sock is not None:
                with contextlib.suppress(OSError):
                    # Not the method of an SSLSocket, which would go on in the clear.
                    socket.socket.shutdown(connection.sock, socket.SHUT_RDWR)

    def _drop_all(self) -> None:
        for address in list(self._connections):
            self._drop(address)

    def _limit(self, connection: http.client.HTTPConnection) -> None:
        if connection.sock is not None:
            connection.sock.settimeout(self._remaining())

    def _drop(self, address: Address) -> None:
        connection = self._connections.pop(address, None)
        if connection is not None:
            with contextlib.suppress(OSError):
                connection.close()


def _is_stale(connection: http.client.HTTPConnection) -> bool:
    """Tell whether the server has closed the connection, or said something unasked."""
    if connection.sock is None:
        return True
    poll = select.poll()
    poll.register(connection.sock, select.POLLIN)
    return bool(poll.poll(0))


def _unreachable(error: Exception) -> str:
    if isinstance(error, TimeoutError):
        return "does not answer; is it running, and is the address right?"
    if isinstance(error, socket.gaierror):
        return "has a host's name that nobody knows; correct vault_server"
    if isinstance(error, ssl.SSLError):
        return f"does not speak TLS with us ({error.reason}); is it https?"
    if isinstance(error, OSError):
        return f"cannot be reached ({error.strerror}); is it running, and is the address right?"
    return f"cannot be reached: {error}"


def _broken(error: Exception) -> str:
    if isinstance(error, TimeoutError):
        return "did not answer in time"
    if isinstance(error, ssl.SSLError):
        return f"broke off the connection ({error.reason})"
    if isinstance(error, OSError) and error.strerror:
        return f"broke off the connection ({error.strerror})"
    return "broke off the connection, or does not speak HTTP there"
