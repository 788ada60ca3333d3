"""`RemoteStore`: one request, and what comes back, for each operation. Blocks."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from buildbot_keychain.cli.store.remote._connection import SILENCE, BusyError, busy, connected
from buildbot_keychain.cli.store.remote._parts import Rekeying, Rotation, Secrets
from buildbot_keychain.errors import StoreUnavailable
from buildbot_keychain.store.remote import (
    LARGEST_ANSWER,
    FrameReader,
    read_answer,
    request_message,
)

if TYPE_CHECKING:
    from buildbot_keychain.store.store import Keep
    from buildbot_keychain.store.verification import Report

_ATTEMPTS = 20
"""Connections, while a master has too many of them."""

_PAUSE = 0.1
"""Seconds between two attempts."""

_UNKNOWN = "look with buildbot-keychain history whether it was done"

pause = time.sleep


class RemoteMaster:
    """A running master that listens on a socket.

    :param path: the socket.
    :param keep: which versions are kept of what is written to a store; as the master has it by
        default.
    """

    def __init__(self, path: Path, keep: Keep | None = None) -> None:
        self._path = path
        self._keep = keep

    def ask(
        self,
        operation: str,
        progress: Callable[..., object] | None = None,
        **arguments: object,
    ) -> Any:  # noqa: ANN401 - what the operation returns
        """Have the master do an operation, and return its result.

        :raise KeychainError: when it cannot be done, or nobody answers.
        """
        message = request_message(operation, arguments, self._keep)
        for left in reversed(range(_ATTEMPTS)):
            try:
                return self._conversation(message, progress)
            except BusyError:  # noqa: PERF203 - for the next attempt
                if not left:
                    raise
                pause(_PAUSE)
        raise AssertionError

    def _conversation(self, message: bytes, progress: Callable[..., object] | None) -> Any:  # noqa: ANN401 - what the operation returns
        with contextlib.closing(connected(self._path)) as connection:
            connection.settimeout(SILENCE)
            with contextlib.suppress(BrokenPipeError, ConnectionResetError):  # it may say why
                connection.sendall(message)
            reader = FrameReader(LARGEST_ANSWER)
            try:
                while data := connection.recv(1 << 16):
                    for one in reader.feed(data):
                        answer = read_answer(one)
                        if answer.is_final:
                            return answer.content
                        if answer.content == ():
                            raise busy(self._path)
                        if answer.content is not None and progress is not None:
                            progress(*answer.content)
            except TimeoutError as error:
                msg = f"the master at {self._path} has not said anything for {SILENCE:g} seconds"
                raise StoreUnavailable(f"{msg}; {_UNKNOWN}") from error
            except OSError as error:
                msg = f"the connection to the master at {self._path} broke ({error.strerror})"
                raise StoreUnavailable(f"{msg}; {_UNKNOWN}") from error
        msg = f"the master at {self._path} has closed the connection before it answered"
        raise StoreUnavailable(f"{msg}; {_UNKNOWN}")


class RemoteStore(RemoteMaster):
    """A store that a running master has open."""

    def __init__(self, path: Path, keep: Keep | None = None) -> None:
        super().__init__(path, keep)
        self.secrets = Secrets(self.ask)
        self.rotation = Rotation(self.ask)
        self.rekeying = Rekeying(self.ask)

    def verify(self, progress: Callable[[int, int], object] | None = None) -> Report:
        """Have the master open all that is in it, and return what does not open."""
        report: Report = self.ask("verify", progress)
        return report

    def close(self) -> None:
        """Do nothing: no connection is left."""
