from __future__ import annotations

import select
import socket
from typing import Any
from unittest import mock

from twisted.trial.unittest import SynchronousTestCase

from buildbot_keychain.store.notifications import wait
from tests.support.descriptors import with_high_descriptor
from tests.support.postgresql import (
    SQLALCHEMY_TAKES_PSYCOPG3,
    PostgreSQLTestCase,
    Psycopg3TestCase,
)
from tests.support.store_case import StoreTestCase
from tests.support.store_keys import NOW


class Connection:
    """What `wait` uses of the driver's."""

    def __init__(self, told: socket.socket) -> None:
        self.fileno = told.fileno
        self.notifies: list[object] = []

    def poll(self) -> None:
        self.notifies.append("keychain_store")


class DescriptorTests(SynchronousTestCase):
    def test_many_descriptors(self) -> None:
        told, server = socket.socketpair()
        wake, stop = socket.socketpair()
        with told, server, wake, stop:
            connection = Connection(with_high_descriptor(self, told))
            server.send(b"x")
            self.assertTrue(wait(connection, with_high_descriptor(self, wake), 60))


class NothingToRead:
    """A `select.poll` of descriptors that have nothing yet."""

    def register(self, _descriptor: object, _events: int) -> None: ...

    def poll(self, _milliseconds: float) -> list[tuple[int, int]]:
        return []


class NotificationTests(PostgreSQLTestCase, StoreTestCase):
    def process(self, connection: Any) -> int:
        """Return the id of the server's process of a connection."""
        return int(connection.get_backend_pid())

    def test_an_entry_of_the_journal_is_told_once(self) -> None:
        wake, stop = socket.socketpair()
        with wake, stop, self.database().listening() as connection:
            self.store.set("a", "one", now=NOW)
            self.assertTrue(wait(connection, wake, 60))
            self.assertFalse(wait(connection, wake, 0))
            self.store.set("a", "two", now=NOW)
            self.store.set("a", "three", now=NOW)
            self.assertTrue(wait(connection, wake, 60))
            stop.close()
            self.assertFalse(wait(connection, wake, 60))

    def test_what_is_told_during_a_query_counts(self) -> None:
        """That of the ping, after which the connection cannot be read any more."""
        wake, stop = socket.socketpair()
        with wake, stop, self.database().listening() as connection:
            self.assertFalse(wait(connection, wake, 0))
            self.store.set("a", "one", now=NOW)
            with mock.patch.object(select, "poll", NothingToRead):
                self.assertTrue(wait(connection, wake, 0))

    def test_a_broken_connection_is_an_error(self) -> None:
        wake, stop = socket.socketpair()
        with wake, stop, self.database().listening() as connection:
            self.server.end_session(self.process(connection))

            def wait_twice() -> None:  # the first one may read the server's last words
                for _ in range(2):
                    wait(connection, wake, 60)

            self.assertRaises(connection.Error, wait_twice)


if SQLALCHEMY_TAKES_PSYCOPG3:

    class Psycopg3Tests(Psycopg3TestCase, NotificationTests):
        """With psycopg 3, which tells during a query."""

        def process(self, connection: Any) -> int:
            return int(connection.info.backend_pid)
