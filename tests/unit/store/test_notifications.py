from __future__ import annotations

import socket
from collections.abc import Callable

from twisted.trial.unittest import SynchronousTestCase

from buildbot_keychain.store.notifications import wait
from tests.support.descriptors import with_high_descriptor
from tests.support.postgresql import PostgreSQLTestCase
from tests.support.store_case import StoreTestCase
from tests.support.store_keys import NOW


class Connection:
    """What `wait` uses of the driver's."""

    def __init__(self, told: socket.socket) -> None:
        self.fileno = told.fileno
        self.notifies: list[object] = []

    def poll(self) -> None:
        self.notifies.append("keychain_store")


class Psycopg3:
    """What `wait` uses of a connection of psycopg 3, which tells during a query."""

    def __init__(self, told: socket.socket) -> None:
        self.fileno = told.fileno
        self.waiting: list[object] = []
        self.handlers: list[Callable[[object], object]] = []

    def add_notify_handler(self, handler: Callable[[object], object]) -> None:
        self.handlers.append(handler)

    def remove_notify_handler(self, handler: Callable[[object], object]) -> None:
        self.handlers.remove(handler)

    def execute(self, query: str) -> None:
        while self.waiting:
            self.handlers[0](self.waiting.pop())


class Psycopg3Tests(SynchronousTestCase):
    def test_what_it_tells_during_a_query(self) -> None:
        told, server = socket.socketpair()
        wake, stop = socket.socketpair()
        with told, server, wake, stop:
            connection = Psycopg3(told)
            self.assertFalse(wait(connection, wake, 0))
            connection.waiting.append("one")
            server.send(b"x")
            self.assertTrue(wait(connection, wake, 60))
            self.assertFalse(wait(connection, wake, 60))
            self.assertEqual(connection.handlers, [])
            connection.waiting.append("two")
            told.recv(1)
            self.assertTrue(wait(connection, wake, 0))
            stop.send(b"x")
            connection.waiting.append("three")
            self.assertFalse(wait(connection, wake, 60))


class DescriptorTests(SynchronousTestCase):
    def test_many_descriptors(self) -> None:
        told, server = socket.socketpair()
        wake, stop = socket.socketpair()
        with told, server, wake, stop:
            connection = Connection(with_high_descriptor(self, told))
            server.send(b"x")
            self.assertTrue(wait(connection, with_high_descriptor(self, wake), 60))


class NotificationTests(PostgreSQLTestCase, StoreTestCase):
    def test_an_entry_of_the_journal_is_told_once(self) -> None:
        wake, stop = socket.socketpair()
        with wake, stop, self.database().listening() as connection:
            self.store.set("a", "one", now=NOW)
            self.assertTrue(wait(connection, wake, 60))
            self.assertFalse(wait(connection, wake, 0))
            stop.close()
            self.assertFalse(wait(connection, wake, 60))

    def test_a_broken_connection_is_an_error(self) -> None:
        wake, stop = socket.socketpair()
        with wake, stop, self.database().listening() as connection:
            self.server.end_session(connection.get_backend_pid())

            def wait_twice() -> None:  # the first one may read the server's last words
                for _ in range(2):
                    wait(connection, wake, 60)

            self.assertRaises(connection.Error, wait_twice)
