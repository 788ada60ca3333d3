"""`Call`: one lookup, whose connections and programs can be ended from another thread.

botocore's time-outs count from one byte that a server sends to the next. A server that sends a byte
now and then would keep a thread for good, and one that never stops sending all memory. So each
lookup is told when its time is over, and each response is limited in size. The same goes for what
boto3 does to find credentials: it asks other servers, or runs a program that may never end.
"""

from __future__ import annotations

import os
import signal
import socket
import subprocess
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
        self._programs: list[subprocess.Popen[Any]] = []

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
                self._programs.clear()

    def abort(self) -> None:
        """End what the call waits for, and let it send nothing any more."""
        with self._lock:
            self._aborted = True
            sockets, programs = list(self._sockets), list(self._programs)
        for sock in sockets:
            _shut_down(sock)
        for program in programs:
            _kill(program)

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

    def start(self, *args: Any, **kwargs: Any) -> subprocess.Popen[Any]:  # noqa: ANN401 - `Popen`'s
        """Start a program that the call waits for, with the arguments of `subprocess.Popen`.

        :raise OSError: when the call has been aborted, or there is no such program.
        """
        self.use(None)
        program = subprocess.Popen(*args, start_new_session=True, **kwargs)  # noqa: S603 - boto3's
        with self._lock:
            self._programs.append(program)
            aborted = self._aborted
        if aborted:
            _kill(program)
        return program


def bound_clients(session: Any) -> None:  # noqa: ANN401 - a session of botocore
    """Let the connections of all clients that a session makes belong to calls, and limit responses.

    It makes some itself to find credentials: for roles, single sign-on and web identities.
    """
    create_client = session.create_client

    def create_bound_client(*args: Any, **kwargs: Any) -> Any:  # noqa: ANN401 - as there
        client = create_client(*args, **kwargs)
        _bound_connections(client._endpoint.http_session)  # noqa: SLF001
        return client

    session.create_client = create_bound_client


def bound_credential_sources(session: Any) -> None:  # noqa: ANN401 - a session of botocore
    """Let what else a session does to find credentials belong to calls."""
    for source in session.get_component("credential_provider").providers:
        _bound_source(source)


def _bound_source(source: Any) -> None:  # noqa: ANN401 - a provider of credentials, of botocore
    attributes = vars(source)
    if "_popen" in attributes:  # a program
        attributes["_popen"] = _start
    for fetcher in ("_fetcher", "_role_fetcher"):  # the metadata of containers and instances
        http_session = getattr(attributes.get(fetcher), "_session", None)
        if hasattr(http_session, "_pool_classes_by_scheme"):
            _bound_connections(http_session)
    builder = attributes.get("_profile_provider_builder")  # the sources of a role's profile
    if builder is not None:
        make = builder.providers

        def make_bound(*args: Any, **kwargs: Any) -> Any:  # noqa: ANN401 - as there
            sources = make(*args, **kwargs)
            for each in sources:
                _bound_source(each)
            return sources

        builder.providers = make_bound


def _bound_connections(http_session: Any) -> None:  # noqa: ANN401 - botocore's `URLLib3Session`
    # The dict that all pools of the session are made by, of proxies too.
    classes = http_session._pool_classes_by_scheme  # noqa: SLF001
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


def _start(*args: Any, **kwargs: Any) -> subprocess.Popen[Any]:  # noqa: ANN401 - `Popen`'s
    call: Call | None = getattr(_current, "call", None)
    return (call or Call()).start(*args, **kwargs)


def _kill(program: subprocess.Popen[Any]) -> None:
    """Kill a program with all that it has started, also when it has ended before that.

    While nobody has waited for it, its id is that of no other. `communicate` waits for it last.
    """
    if program.returncode is None:
        with suppress(OSError):
            if hasattr(os, "killpg"):
                os.killpg(program.pid, signal.SIGKILL)
            else:
                program.kill()


def _shut_down(sock: socket.socket) -> None:
    with suppress(OSError):
        # Of the socket itself, also where TLS wraps it: what waits for it returns at once.
        socket.socket.shutdown(sock, socket.SHUT_RDWR)
