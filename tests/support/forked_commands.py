"""`ForkedCommands`: processes that run the command without importing it and Buildbot again.

A server does so once, for a second and a half of a processor, and forks for each command. It has no
threads, and its reactor has not run: what is forked is a process that has done nothing but import.
"""

from __future__ import annotations

import atexit
import gc
import json
import os
import random
import socket
import subprocess
import sys
import threading
import warnings
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path

_REPOSITORY = Path(__file__).resolve().parents[2]
_PATIENCE = 300  # seconds


class ForkedCommands:
    """The server, which starts at the first command and ends with this process."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._connection: socket.socket | None = None

    def run(
        self, words: list[str], cwd: Path, environment: Mapping[str, str], text: bytes
    ) -> tuple[int, bytes, bytes]:
        """Return the status of a command, or the negative number of a signal, and its output."""
        asked = json.dumps([words, str(cwd), dict(environment)]).encode()
        (source, feeding), (reading_out, out), (reading_err, err) = (os.pipe() for _ in range(3))
        with self._lock, ThreadPoolExecutor(3) as threads:
            connection = self._connection = self._connection or _start()
            socket.send_fds(connection, [asked], [source, out, err])
            for descriptor in (source, out, err):
                os.close(descriptor)
            threads.submit(_write, feeding, text)
            outputs = [threads.submit(_read, one) for one in (reading_out, reading_err)]
            status = int(connection.recv(20))
            printed, said = (output.result() for output in outputs)
        return status, printed, said


def _write(descriptor: int, text: bytes) -> None:
    """Write to a command, which may not read it all."""
    with suppress(BrokenPipeError), os.fdopen(descriptor, "wb") as file:
        file.write(text)


def _read(descriptor: int) -> bytes:
    """Return what a command has written."""
    with os.fdopen(descriptor, "rb") as file:
        return file.read()


def _start() -> socket.socket:
    """Start the server, and return the connection to it."""
    # Packets keep one request apart from the next.
    ours, its = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    with its:
        server = subprocess.Popen(
            [sys.executable, "-m", __name__, str(its.fileno())],
            cwd=_REPOSITORY,
            pass_fds=[its.fileno()],
            stdin=subprocess.DEVNULL,
        )
    ours.settimeout(_PATIENCE)
    atexit.register(_stop, ours, server)
    return ours


def _stop(connection: socket.socket, server: subprocess.Popen[bytes]) -> None:
    """Have the server end."""
    connection.close()
    server.wait(_PATIENCE)


def _serve(connection: socket.socket) -> None:
    """Fork for each request; return in the process that is to run the command, or at the end."""
    while True:
        asked, descriptors, *_ = socket.recv_fds(connection, 1 << 20, 3)
        if not asked:
            sys.exit()
        child = os.fork()
        if child == 0:
            connection.close()
            _become(descriptors, *json.loads(asked))
            return
        for descriptor in descriptors:
            os.close(descriptor)
        _, status = os.waitpid(child, 0)
        connection.send(str(os.waitstatus_to_exitcode(status)).encode())


def _become(streams: list[int], words: list[str], cwd: str, environment: dict[str, str]) -> None:
    """Be as a process that has been started for a command."""
    for number, descriptor in enumerate(streams):
        os.dup2(descriptor, number)
        os.close(descriptor)
    os.chdir(cwd)
    os.environ.clear()
    os.environ.update(environment)
    sys.argv[1:] = words
    sys.path[0] = ""
    random.seed()


def _import() -> None:
    """Import what a configuration needs, without patching Buildbot."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from buildbot_keychain.buildbot.patches import gaps_in  # noqa: PLC0415 - here alone
        from buildbot_keychain.buildbot.patches.table import TABLE  # noqa: PLC0415 - the same
        from buildbot_keychain.cli import _master_config  # noqa: F401, PLC0415 - the same

        gaps_in(TABLE)


if __name__ == "__main__":
    from buildbot_keychain.cli.main import main

    _import()
    # Otherwise each process would copy what is imported as it ends, in half a second.
    gc.freeze()
    _serve(socket.socket(fileno=int(sys.argv[1])))
    sys.exit(main())
