"""Syslog servers of a test, which take nothing but what RFC 5424 allows."""

from __future__ import annotations

import contextlib
import re
import socket
import ssl
import threading
from collections.abc import Callable
from typing import Any, NamedTuple

_MESSAGE = re.compile(
    rb"<(0|[1-9][0-9]{0,2})>1 "
    rb"([0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}\.[0-9]{1,6}Z) "
    rb"([\x21-\x7e]{1,255}) ([\x21-\x7e]{1,48}) ([\x21-\x7e]{1,128}) ([\x21-\x7e]{1,32}) - ([ -~]*)"
)


class Message(NamedTuple):
    facility: int
    severity: int
    app_name: str
    kind: str
    text: str

    @classmethod
    def read(cls, packet: bytes) -> Message:
        found = _MESSAGE.fullmatch(packet)
        assert found is not None, packet
        priority = int(found[1])
        assert priority < 192
        return cls(
            priority >> 3, priority & 7, found[4].decode(), found[6].decode(), found[7].decode()
        )


class SyslogServer:
    """Listens on a socket until it is stopped.

    :param listening: a socket that is bound, and listens if it is one of streams.
    :param context: wraps what is accepted.
    """

    def __init__(self, listening: socket.socket, context: ssl.SSLContext | None = None) -> None:
        self.messages: list[Message] = []
        self.errors: list[BaseException] = []
        self._listening = listening
        self._context = context
        self._open: list[Any] = []
        self._arrived = threading.Condition()
        is_stream = listening.type == socket.SOCK_STREAM
        self._thread = threading.Thread(
            target=self._accept if is_stream else self._receive, daemon=True
        )
        self._thread.start()

    @property
    def port(self) -> int:
        return int(self._listening.getsockname()[1])

    def wait(self, count: int) -> list[Message]:
        """Return the messages when there are so many."""
        with self._arrived:
            assert self._arrived.wait_for(lambda: len(self.messages) >= count, 30), self.errors
            return list(self.messages)

    def disconnect(self) -> None:
        """Close the connections, and go on listening."""
        for opened in self._open:
            _shut(opened)

    def stop(self) -> None:
        _shut(self._listening)
        self.disconnect()
        self._thread.join(30)

    def _receive(self) -> None:
        while True:
            try:
                packet = self._listening.recv(1 << 17)
            except OSError:
                return
            if not packet:
                return
            self._take(packet)

    def _accept(self) -> None:
        while True:
            try:
                opened: Any = self._listening.accept()[0]
            except OSError:
                return
            threading.Thread(target=self._serve, args=(opened,), daemon=True).start()

    def _serve(self, opened: Any) -> None:
        try:
            if self._context is not None:
                opened = self._context.wrap_socket(opened, server_side=True)
            self._open.append(opened)
            file = opened.makefile("rb")
            while True:
                digits = b""
                while (byte := file.read(1)) not in (b" ", b""):
                    assert byte.isdigit(), byte
                    digits += byte
                if not byte:
                    return
                assert digits[:1] != b"0", digits
                packet = file.read(int(digits))
                if len(packet) < int(digits):
                    return
                self._take(packet)
        except OSError as error:
            self.errors.append(error)

    def _take(self, packet: bytes) -> None:
        try:
            message = Message.read(packet)
        except BaseException as error:
            self.errors.append(error)
            raise
        with self._arrived:
            self.messages.append(message)
            self._arrived.notify_all()


def listening_on(family: int, kind: int, place: Any) -> socket.socket:
    found = socket.socket(family, kind)
    found.bind(place)
    if kind == socket.SOCK_STREAM:
        found.listen()
    return found


def _shut(opened: Any) -> None:
    for end in (lambda: opened.shutdown(socket.SHUT_RDWR), opened.close):
        _attempt(end)


def _attempt(end: Callable[[], object]) -> None:
    with contextlib.suppress(OSError):
        end()
