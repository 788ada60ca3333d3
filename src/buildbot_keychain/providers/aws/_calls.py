"""`Call`: one lookup, whose connections can be closed from another thread.

botocore's time-outs count from one byte that a server sends to the next. A server that sends a byte
now and then would keep a thread for good, and one that never stops sending all memory. So each
lookup is told when its time is over, and each response is limited in size.
"""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any

MAX_RESPONSE_BYTES = 1 << 20
"""A secret has at most 64 KiB (AWS Secrets Manager quotas); in JSON, each may take six bytes."""

_current = threading.local()


class Call:
    """One lookup, in one thread; `abort` may be called from any other.

    :ivar is_too_large: whether a response was larger than `MAX_RESPONSE_BYTES`.
    """

    def __init__(self) -> None:
        self.is_too_large = False
        self._lock = threading.Lock()
        self._aborted = False
        self._sockets: list[socket.socket] = []

    @contextmanager
    def running(self) -> Iterator[None]:
        """Let the connections that this thread uses belong to this call."""
        _current.call = self
        try:
            yield
        finally:
            _current.call = None
            with self._lock:
                self._sockets.clear()

    def abort(self) -> None:
        """End what the call waits for, and let it send nothing any more."""
        with self._lock:
            self._aborted = True
            sockets = list(self._sockets)
        for sock in sockets:
            _shut_down(sock)

    def use(self, sock: socket.socket | None) -> None:
        """Note that the call waits for a socket, if it has one yet.

        :raise OSError: when the call has been aborted.
        """
        with self._lock:
            if self._aborted:
                msg = "the lookup is over"
                raise TimeoutError(msg)
            if sock is not None:
                self._sockets.append(sock)


def bound_connections(client: Any) -> None:  # noqa: ANN401 - a client of boto3
    """Let the connections of a client belong to calls, and limit its responses."""
    # The dict that all pools of the client's session are made by, of proxies too.
    classes = client._endpoint.http_session._pool_classes_by_scheme  # noqa: SLF001
    for scheme, pool in list(classes.items()):
        connection = type("BoundConnection", (_BoundConnection, pool.ConnectionCls), {})
        classes[scheme] = type("BoundPool", (pool,), {"ConnectionCls": connection})


class _BoundConnection:
    """What is added to a connection of urllib3."""

    def request(self, *args: Any, **kwargs: Any) -> Any:  # noqa: ANN401 - as there
        _use(None)
        return super().request(*args, **kwargs)  # type: ignore[misc]

    def getresponse(self, *args: Any, **kwargs: Any) -> Any:  # noqa: ANN401 - as there
        # The response may go on with the socket when the connection has let it go.
        sock: socket.socket = self.sock  # type: ignore[attr-defined]
        call = _use(sock)
        response = super().getresponse(*args, **kwargs)  # type: ignore[misc]
        read = getattr(response, "stream", None)
        if read is None:  # in urllib3 1, it is not urllib3's response yet
            return response

        def stream(*args: object, **kwargs: object) -> Iterator[bytes]:
            size = 0
            for chunk in read(*args, **kwargs):
                size += len(chunk)
                if size > MAX_RESPONSE_BYTES:
                    if call is not None:
                        call.is_too_large = True
                    _shut_down(sock)
                    msg = "the response is too large"
                    raise ValueError(msg)
                yield chunk

        response.stream = stream
        return response


def _use(sock: socket.socket | None) -> Call | None:
    call: Call | None = getattr(_current, "call", None)
    if call is not None:
        call.use(sock)
    return call


def _shut_down(sock: socket.socket) -> None:
    with suppress(OSError):
        # Of the socket itself, also where TLS wraps it: what waits for it returns at once.
        socket.socket.shutdown(sock, socket.SHUT_RDWR)
