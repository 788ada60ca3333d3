"""`Listener`: does for commands what they ask for on a unix socket, in threads of its own.

Contract: only the user of this process and root are served, as the kernel says who they are. A
connection has one request, which comes soon and is not long, and there are few of them at once. The
reactor moves bytes; they are read, and the store is used, in threads. Whoever leaves has what they
asked for ended between two transactions. Nothing here shows what is sent: it may be a value.
"""

from __future__ import annotations

import os
import socket
import threading
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

from twisted.internet.defer import Deferred
from twisted.internet.defer import TimeoutError as DeferredTimeout
from twisted.internet.error import ReactorNotRunning
from twisted.internet.interfaces import IReadDescriptor
from twisted.internet.protocol import Protocol, ServerFactory
from twisted.python.failure import Failure
from zope.interface import implementer

from buildbot_keychain.actors import actor_name, peer_of, user_name
from buildbot_keychain.deferreds import returns_deferred
from buildbot_keychain.errors import StoreError, StoreUnavailable, safe_summary
from buildbot_keychain.providers.store._socket_file import SocketFile
from buildbot_keychain.secretive import secretive
from buildbot_keychain.store.remote import (
    LARGEST_REQUEST,
    STILL_WORKING,
    TOO_MANY,
    FrameReader,
    Gone,
    NotAMessage,
    error_message,
)
from buildbot_keychain.workpool import WorkPool

MOST_CONNECTIONS = 32

_THREADS = 4

_REQUEST_WITHIN = 10.0
"""Seconds in which a request must be complete."""

_SENT_WITHIN = 60.0
"""Seconds in which an answer must be taken."""

_WORK_WITHIN = 86_400.0
"""Seconds for one operation: a large store is verified in minutes."""

_WORKING_EVERY = 5.0
"""Seconds between two signs of life."""

_AGAIN = 1.0
"""Seconds after which it tries again to listen, or to take connections."""

_REPORTED = 3
"""Attempts to listen, after which it is reported: whoever replaces another waits for its end."""

_AT_ONCE = 16
"""Connections that are taken before anything else is done."""

Perform = Callable[[bytes, str, Callable[[bytes], object]], bytes]
"""Does what a request asks for: the request, who asks, what sends a report. Blocks."""


class Listener:
    """Listens from `start` to `stop`, once.

    :param path: the socket.
    :param prepare: called for each request, on the reactor's thread; returns what performs it.
    :param report: is called with a sentence when it cannot listen, or begins to.
    :param reactor: Twisted's.
    :param name: of the threads, for debuggers.
    """

    def __init__(
        self,
        path: Path,
        prepare: Callable[[], Awaitable[Perform]],
        report: Callable[[str], object],
        reactor: Any,  # noqa: ANN401 - several interfaces
        name: str,
    ) -> None:
        self.path = path
        self.reactor = reactor
        self.prepare = prepare
        self.connections: set[Conversation] = set()
        self.pool = WorkPool(reactor, _THREADS, name)
        self._report = report
        self._refused: set[int] = set()
        self._problems = 0
        self._file: SocketFile | None = None
        self._acceptor: _Acceptor | None = None
        self._again: Any = None
        self._stopped = False

    @returns_deferred
    async def start(self) -> None:
        """Listen as soon as that is possible."""
        self._again = None
        try:
            made = await self.pool.run(_WORK_WITHIN, lambda: SocketFile(self.path))
        except Exception as error:  # noqa: BLE001 - it is reported, and tried again
            problem = str(error) if isinstance(error, StoreError) else safe_summary(Failure())
            if not self._stopped:
                self._problems += 1
                if self._problems == _REPORTED:
                    self._report(f"no command can ask this master now: {problem}")
                self._again = self.reactor.callLater(_AGAIN, self.start)
            return
        if self._stopped:
            made.remove()
            return
        self._file = made
        self._acceptor = _Acceptor(made.socket, self, self.reactor)
        self._acceptor.resume()
        self._report(f"commands can ask this master on {self.path}")

    def stop(self) -> None:
        """Remove the socket, and close all connections; what is being done ends soon."""
        self._stopped = True
        if self._again is not None:
            self._again.cancel()
        if self._acceptor is not None:
            self._acceptor.stop()
        if self._file is not None:
            self._file.remove()
        for connection in list(self.connections):
            connection.leave()
        self.pool.stop()

    def accepted(self, connection: socket.socket) -> None:
        """Serve a connection, or close it."""
        try:
            uid = peer_of(connection)
            if uid not in {0, os.geteuid()}:
                if uid not in self._refused:
                    self._refused.add(uid)
                    self._report(f"the user {uid} was refused on {self.path}")
                why = "only the user that runs the master, and root, can ask it"
                _send(connection, error_message(StoreError(why)))
            elif len(self.connections) >= MOST_CONNECTIONS:
                _send(connection, TOO_MANY)
            else:
                factory = _Factory(self, uid)
                self.reactor.adoptStreamConnection(connection.fileno(), socket.AF_UNIX, factory)
        except OSError:  # whoever connected has left
            pass
        finally:
            connection.close()  # the transport has a descriptor of its own


def _send(connection: socket.socket, message: bytes) -> None:
    connection.setblocking(False)  # noqa: FBT003 - the method of the library
    connection.send(message)


@implementer(IReadDescriptor)
class _Acceptor:
    """Takes connections while the reactor says that there are any.

    Twisted's own port would remove the file of the socket, whosever it is then, and tell nobody who
    connects.
    """

    def __init__(self, listening: socket.socket, listener: Listener, reactor: Any) -> None:  # noqa: ANN401 - several interfaces
        self._socket = listening
        self._listener = listener
        self._reactor = reactor
        self._again: Any = None

    def fileno(self) -> int:
        return self._socket.fileno()

    def logPrefix(self) -> str:
        return "keychain socket"

    def doRead(self) -> None:  # noqa: N802 - as Twisted has it
        for _ in range(_AT_ONCE):
            try:
                connection, _address = self._socket.accept()
            except (BlockingIOError, ConnectionAbortedError):
                return
            except OSError:  # too many open files: they wait
                self._reactor.removeReader(self)
                self._again = self._reactor.callLater(_AGAIN, self.resume)
                return
            self._listener.accepted(connection)

    def connectionLost(self, reason: object) -> None:
        """Do nothing: `stop` closes the socket."""

    def resume(self) -> None:
        """Take connections."""
        self._again = None
        self._reactor.addReader(self)

    def stop(self) -> None:
        """Take no more connections."""
        if self._again is not None:
            self._again.cancel()
        self._reactor.removeReader(self)


class _Factory(ServerFactory):
    noisy = False

    def __init__(self, listener: Listener, uid: int) -> None:
        self._listener = listener
        self._uid = uid

    def buildProtocol(self, _addr: object) -> Conversation:
        return Conversation(self._listener, self._uid)


@secretive
class Conversation(Protocol):
    """One connection: a request, reports, an answer.

    :param uid: the user that has connected.
    """

    transport: Any  # of a connection

    def __init__(self, listener: Listener, uid: int) -> None:
        self._listener = listener
        self._uid = uid
        self._reader = FrameReader(LARGEST_REQUEST)
        self._gone = threading.Event()
        self._asked = False
        self._timer: Any = None

    def connectionMade(self) -> None:
        self._listener.connections.add(self)
        self._after(_REQUEST_WITHIN, self.leave)

    def dataReceived(self, data: bytes) -> None:
        try:
            messages = self._reader.feed(data)
        except NotAMessage as error:
            if not self._asked:
                self._answer(error_message(error))
                return
            messages = [b""]
        if self._asked or len(messages) > 1:  # there is one request, and nothing after it
            self.leave()
        elif messages:
            self._asked = True
            self._serve(messages[0])

    def connectionLost(self, _reason: object = None) -> None:
        self._gone.set()
        self._listener.connections.discard(self)
        self._after(None)

    def leave(self) -> None:
        """Close the connection at once."""
        self._gone.set()
        self.transport.abortConnection()

    @returns_deferred
    async def _serve(self, request: bytes) -> None:
        self._after(_WORKING_EVERY, self._say_working)
        try:
            perform = await self._listener.prepare()
            done: Deferred[bytes] = self._listener.pool.run(
                _WORK_WITHIN,
                lambda: perform(request, actor_name(user_name(self._uid)), self._progress),
            )
            answer = await done
        except Gone:
            return
        except DeferredTimeout:
            answer = error_message(StoreUnavailable("it took too long"))
        except Exception as error:  # noqa: BLE001 - whoever asks is told
            answer = error_message(error)
        self._answer(answer)

    def _answer(self, message: bytes) -> None:
        self._asked = True
        if not self._gone.is_set():
            self._after(_SENT_WITHIN, self.leave)
            self.transport.write(message)
            self.transport.loseConnection()

    def _say_working(self) -> None:
        self.transport.write(STILL_WORKING)
        self._after(_WORKING_EVERY, self._say_working)

    def _progress(self, report: bytes) -> None:
        """Send a report, from a thread.

        :raise Gone: when nobody waits any more.
        """
        if self._gone.is_set():
            raise Gone
        try:
            self._listener.reactor.callFromThread(self._send_report, report)
        except (ReactorNotRunning, RuntimeError) as error:
            raise Gone from error

    def _send_report(self, report: bytes) -> None:
        if not self._gone.is_set():
            self.transport.write(report)

    def _after(self, seconds: float | None, do: Callable[[], object] | None = None) -> None:
        """Do something after a while, and not what was to be done before."""
        if self._timer is not None and self._timer.active():
            self._timer.cancel()
        self._timer = None if seconds is None else self._listener.reactor.callLater(seconds, do)
