"""`MasterSocketTestCase`: a socket on which something answers, as a master does."""

from __future__ import annotations

import contextlib
import shutil
import socket
import tempfile
import threading
from pathlib import Path

from twisted.trial.unittest import SynchronousTestCase


class MasterSocketTestCase(SynchronousTestCase):
    """A path for a socket, in a directory that is ours alone."""

    def setUp(self) -> None:
        self.base = Path(tempfile.mkdtemp(prefix="keychain"))  # a socket's path cannot be long
        self.addCleanup(shutil.rmtree, self.base)
        self.path = self.base / "socket"

    def serve(self, *answers: bytes) -> None:
        """Answer one connection after the other, each with some bytes."""
        listening = socket.socket(socket.AF_UNIX)
        self.addCleanup(listening.close)
        listening.bind(str(self.path))
        listening.listen()

        def answer() -> None:
            for one in answers:
                connection, _ = listening.accept()
                with connection, contextlib.suppress(BrokenPipeError):
                    connection.recv(1 << 16)
                    connection.sendall(one)

        thread = threading.Thread(target=answer, daemon=True)
        thread.start()
        self.addCleanup(thread.join, 60)
