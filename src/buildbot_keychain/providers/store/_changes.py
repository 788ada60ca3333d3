"""`Changes`: whether a store may have changed, as its database tells in a thread of its own.

While the connection is broken, nobody tells, so it may have; it is made again after a while.
"""

from __future__ import annotations

import select
import socket
import threading
from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Any

from buildbot_keychain.store.notifications import wait

_PAUSE = 5.0
"""Seconds before a connection is made again."""

_PING = 60.0
"""Seconds after which a connection that says nothing is tried."""


class Changes:
    """Listens from `start` to `stop`, once.

    :param name: of the thread, for debuggers.
    :param listen: opens a connection that is told of changes.
    :param report: is called with the error when there is no connection.
    """

    def __init__(
        self,
        name: str,
        listen: Callable[[], AbstractContextManager[Any]],
        report: Callable[[Exception], object],
    ) -> None:
        self._listen = listen
        self._report = report
        self._told = threading.Event()
        self._connected = threading.Event()
        self._wake, self._stop = socket.socketpair()
        self._thread = threading.Thread(target=self._serve, name=name, daemon=True)

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def stop(self) -> None:
        """End soon."""
        self._stop.close()

    def take(self) -> bool:
        """Return whether anything may have changed since the last call; at once."""
        if self._told.is_set():
            self._told.clear()
            return True
        return not self._connected.is_set()

    def _serve(self) -> None:
        with self._wake:
            while True:
                try:
                    with self._listen() as connection:
                        self._follow(connection)
                except Exception as error:  # noqa: BLE001 - of any driver; it is tried again
                    if not self._is_stopped(0):
                        self._report(error)
                finally:
                    self._connected.clear()
                if self._is_stopped(_PAUSE):
                    return

    def _follow(self, connection: Any) -> None:  # noqa: ANN401 - the driver's
        """Note what is told, until it is stopped."""
        self._told.set()  # what changed before nobody told
        self._connected.set()
        while not self._is_stopped(0):
            if wait(connection, self._wake, _PING):
                self._told.set()

    def _is_stopped(self, seconds: float) -> bool:
        poll = select.poll()
        poll.register(self._wake, select.POLLIN)
        return bool(poll.poll(seconds * 1000))
