"""Connections that end before they are of use, and what is left open of them."""

from __future__ import annotations

import gc
import select
import socket
import struct
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any
from unittest import mock


def reset(connection: socket.socket) -> None:
    """Close it so that the other side sees a reset."""
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    connection.close()


@contextmanager
def resetting_server() -> Iterator[int]:
    """Give the port of a server: each connection is made, and reset before it is used."""
    really_connect = socket.create_connection
    with socket.create_server(("127.0.0.1", 0)) as listening:

        def connect(*arguments: Any) -> socket.socket:
            connection = really_connect(*arguments)
            accepted, _ = listening.accept()
            reset(accepted)
            poll = select.poll()
            poll.register(connection, 0)  # which tells of errors
            assert poll.poll(10_000)
            return connection

        with mock.patch("socket.create_connection", connect):
            yield listening.getsockname()[1]


def left_open(work: Callable[[], object]) -> list[str]:
    """Tell what `work` leaves to be closed when it is collected as garbage."""
    gc.collect()
    with warnings.catch_warnings(record=True) as told:
        warnings.simplefilter("always")
        work()
        gc.collect()
    return [str(warning.message) for warning in told]
