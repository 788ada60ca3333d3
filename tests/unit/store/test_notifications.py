from __future__ import annotations

import socket

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
