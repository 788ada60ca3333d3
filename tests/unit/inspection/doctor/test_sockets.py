from __future__ import annotations

import os
import socket
from pathlib import Path

from twisted.trial.unittest import SynchronousTestCase

from buildbot_keychain.inspection.doctor._sockets import sockets_of


class SocketTests(SynchronousTestCase):
    def test_those_of_this_process(self) -> None:
        listening = socket.create_server(("0.0.0.0", 0))
        self.addCleanup(listening.close)
        number = listening.getsockname()[1]
        connected = socket.create_connection(("127.0.0.1", number))
        self.addCleanup(connected.close)
        found = sockets_of(os.getpid(), Path("/proc"))
        ports = {(str(each.address), each.port): each for each in found}
        self.assertTrue(ports["0.0.0.0", number].is_open)
        other = ports["127.0.0.1", connected.getsockname()[1]]
        self.assertEqual((other.is_listening, other.is_open), (False, False))

    def test_there_is_no_such_process(self) -> None:
        self.assertEqual(sockets_of(1, Path("/nowhere")), [])
