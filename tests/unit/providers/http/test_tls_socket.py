from __future__ import annotations

import socket
import ssl
from contextlib import closing
from typing import Any

from twisted.trial.unittest import SynchronousTestCase

from buildbot_keychain.providers.http._tls_socket import TlsSocket
from tests.support.sockets import left_open, resetting_server


class TlsSocketTests(SynchronousTestCase):
    def setUp(self) -> None:
        self.context = ssl.create_default_context()
        self.context.sslsocket_class = TlsSocket

    def wrapped(self, connection: socket.socket) -> Any:
        return self.context.wrap_socket(
            connection, server_hostname="localhost", do_handshake_on_connect=False
        )

    def test_one_that_was_reset_is_closed(self) -> None:
        def connect() -> None:
            connection = socket.create_connection(("127.0.0.1", port))
            self.assertRaises(ConnectionResetError, self.wrapped, connection)

        with resetting_server() as port:
            self.assertEqual(left_open(connect), [])

    def test_one_that_is_connected_has_an_address(self) -> None:
        with socket.create_server(("127.0.0.1", 0)) as server:
            address = server.getsockname()
            with closing(self.wrapped(socket.create_connection(address))) as connection:
                self.assertEqual(connection.getpeername(), address)
