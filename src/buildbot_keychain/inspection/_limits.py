"""`Limits`: what ends an inspection that nobody sits in front of."""

from __future__ import annotations

import socket
import time

from buildbot_keychain.errors import ConfigurationError


class Limits:
    """How long an inspection may take all together, and how much it may tell; it can be ended.

    :param seconds: from now, for all of its processes.
    :param most: bytes that they may write.
    """

    def __init__(self, seconds: float, most: int) -> None:
        self._seconds = seconds
        self._most = self._rest = most
        self._until = time.monotonic() + seconds
        self._told, self._end = socket.socketpair()

    def fileno(self) -> int:
        """Return a descriptor that can be read once the inspection is to end."""
        return self._told.fileno()

    @property
    def left(self) -> float:
        """The seconds that are left; 0 for none."""
        return max(0.0, self._until - time.monotonic())

    def end(self) -> None:
        """Have the inspection end at once, from any thread."""
        self._end.close()

    def close(self) -> None:
        """Free what this holds, when the inspection has ended."""
        self._end.close()
        self._told.close()

    def count(self, written: int) -> None:
        """Count bytes that were written.

        :raise ConfigurationError: if they are too many.
        """
        self._rest -= written
        if self._rest < 0:
            msg = f"the report is longer than {self._most >> 20} MiB: run the command in a terminal"
            raise ConfigurationError(msg)

    def ended(self) -> ConfigurationError:
        """Return why the inspection has ended early."""
        if self.left:
            return ConfigurationError("it was ended, as the master stops")
        return ConfigurationError(
            f"it took more than {self._seconds:g} seconds all together, and was ended: run the "
            "command in a terminal, with --timeout"
        )
