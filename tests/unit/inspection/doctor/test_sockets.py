from __future__ import annotations

import os
import socket
from pathlib import Path

from twisted.trial.unittest import SynchronousTestCase

from buildbot_keychain.inspection.doctor._sockets import listening


class SocketTests(SynchronousTestCase):
    def test_those_of_this_process(self) -> None:
        for host, is_open in (("0.0.0.0", True), ("127.0.0.1", False)):
            server = socket.create_server((host, 0))
            self.addCleanup(server.close)
            number = server.getsockname()[1]
            connected = socket.create_connection(("127.0.0.1", number))
            self.addCleanup(connected.close)
            found = listening(os.getpid(), Path("/proc"))
            ports = {(str(each.address), each.port): each for each in found}
            self.assertEqual(ports[host, number].is_open, is_open)
            self.assertNotIn(("127.0.0.1", connected.getsockname()[1]), ports)

    def test_there_is_no_such_process(self) -> None:
        self.assertEqual(listening(1, Path("/nowhere")), [])
