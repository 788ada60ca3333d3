"""Commands for a worker, run outside of any step.

Buildbot ties a command to the step that runs it: cancelling the step ends the command, and what
the step's build knows as secrets is replaced in the command's output. Removing a file must not be
subject to either, and must work when there is no build at all, on a worker that is just connecting.

Only commands that every stock worker of Buildbot 4 has are used. Nothing in a command is a secret,
except for the content of a download, and that one the worker does not log.
"""

from __future__ import annotations

import ntpath
import posixpath
import stat
from collections.abc import Callable
from contextlib import suppress
from typing import Any

from buildbot.process.remotecommand import RemoteCommand
from buildbot.process.remotetransfer import StringFileReader
from buildbot.worker.protocols import msgpack
from twisted.internet import error
from twisted.internet.defer import Deferred, succeed
from twisted.internet.defer import TimeoutError as DeferredTimeout
from twisted.python.failure import Failure
from twisted.spread import pb

from buildbot_keychain.buildbot.secret_files._errors import (
    NoAnswerError,
    SecretFileError,
    WorkerCommandError,
)

DEADLINE = 300
"""Seconds that one command may take before its worker counts as stuck."""

BLOCK = 32 * 1024
"""Bytes sent at a time."""

MOST_OUTPUT = 64 * 1024
"""Characters that one command may send. The scripts here print a few lines."""

_LONGEST_SHOWN = 300
"""Characters of what a worker says that a message shows."""


class _BoundedCommand(RemoteCommand):
    """A command that takes no more from its worker than `MOST_OUTPUT`.

    :ivar left_out: whether there was more.
    """

    left_out = False
    _taken = 0

    def remoteUpdate(self, key: str, value: Any, *args: Any, **kwargs: Any) -> Any:
        """Take an update, or leave it out."""
        self._taken += len(value) if isinstance(value, str) else len(repr(value))
        if self._taken > MOST_OUTPUT:
            self.left_out = True
            return succeed(None)
        return super().remoteUpdate(key, value, *args, **kwargs)


def shown(text: str) -> str:
    """Return what a worker says as a message shows it: on one line, printable, and not longer."""
    line = " ".join(text[: 10 * _LONGEST_SHOWN].split())
    clean = "".join(each if each.isprintable() else "?" for each in line)
    return clean if len(clean) <= _LONGEST_SHOWN else f"{clean[:_LONGEST_SHOWN]}..."


class WorkerCommands:
    """Runs commands on one connection of one worker.

    A worker runs one command for each builder: the caller makes sure that no step of that builder
    has a command running.

    :param worker: Buildbot's worker.
    :param conn: its connection.
    :param builder_name: the builder in whose directory commands start.
    :param deadline: seconds that one command may take.
    :param on_command: called with each command when it starts, and with ``None`` when it has
        ended.
    """

    def __init__(
        self,
        worker: Any,
        conn: Any,
        builder_name: str,
        *,
        deadline: float = DEADLINE,
        on_command: Callable[[RemoteCommand | None], None] = lambda _command: None,
    ) -> None:
        self.worker = worker
        self.conn = conn
        self.builder_name = builder_name
        self._deadline = deadline
        self._on_command = on_command

    @property
    def windows(self) -> bool:
        """Whether the worker runs on Windows."""
        return bool(self.conn.info.get("system") == "nt")

    @property
    def builddir(self) -> str:
        """The builder's directory on the worker, absolute."""
        return self.builder_directory(self.base)

    @property
    def base(self) -> str:
        """The builder's directory, below the worker's own, as the configuration calls it."""
        builder = self.worker.master.botmaster.builders[self.builder_name]
        return str(builder.config.workerbuilddir)

    def builder_directory(self, base: str) -> str:
        """Return the absolute path of a directory below the worker's own."""
        flavour = ntpath if self.windows else posixpath
        return flavour.join(self.conn.info.get("basedir") or "", base)

    def check_file_transfer(self) -> None:
        """Check that files arrive over this connection.

        Buildbot's msgpack protocol drops what the worker reads from the master: every file arrives
        empty, and success is reported. Sending the content any other way would print it into the
        log files of both sides.

        :raise SecretFileError: for such a connection.
        """
        if isinstance(self.conn, msgpack.Connection):
            raise SecretFileError(
                "this worker is connected by the msgpack protocol, over which Buildbot delivers "
                "files empty; to use withSecrets, connect it by protocol='pb' (in its buildbot.tac)"
            )

    async def run(self, name: str, args: dict[str, Any]) -> RemoteCommand:
        """Run one command to its end, however it ends.

        :raise twisted.internet.error.ConnectionLost: when the worker is gone.
        :raise WorkerCommandError: when it raises an error of its own.
        :raise NoAnswerError: when it does not answer in time.
        """
        command = _BoundedCommand(name, args, collectStdout=True, collectStderr=True)
        command.worker = self.worker
        lost = self.conn.notifyOnDisconnect(
            lambda: command.interrupt(Failure(error.ConnectionLost()))
        )
        self._on_command(command)
        try:
            running: Deferred[Any] = command.run(None, self.conn, self.builder_name)
            await running.addTimeout(self._deadline, self.worker.master.reactor)
        except (error.ConnectionLost, pb.PBConnectionLost, pb.DeadReferenceError):
            raise error.ConnectionLost from None
        except DeferredTimeout:
            raise NoAnswerError(
                f"worker {self.worker.workername} did not answer within {self._deadline:g} seconds"
            ) from None
        except Exception as error_of_worker:  # noqa: BLE001 - a local worker raises anything
            # What a worker reports goes on with a traceback.
            reason = shown(str(error_of_worker).partition("\n")[0])
            reason = reason or type(error_of_worker).__name__
            raise WorkerCommandError(f"worker {self.worker.workername} failed: {reason}") from None
        finally:
            self._on_command(None)
            with suppress(KeyError):
                lost.unsubscribe()
        if command.left_out:
            raise SecretFileError(
                f"worker {self.worker.workername} answered with more than {MOST_OUTPUT} "
                "characters; is its /bin/sh a POSIX shell, and its user's start-up files silent?"
            )
        return command

    async def shell(self, script: str, *words: str) -> list[str]:
        """Run a script in the worker's ``/bin/sh``, in the builder's directory.

        :param words: its arguments; the first must not begin with a dash.
        :return: the lines it printed.
        :raise SecretFileError: when it failed, with what it printed to its standard error.
        """
        command = await self.run(
            "shell",
            {
                # On standard input, because the worker logs arguments, several times over.
                "command": ["/bin/sh", "-s", *words],
                "initial_stdin": script,
                "workdir": ".",
                "env": {},
                "logEnviron": False,
                "usePTY": False,
                "want_stdout": 1,
                "want_stderr": 1,
                "timeout": self._deadline,
                "maxTime": self._deadline,
            },
        )
        if command.rc != 0:
            output = shown(command.stderr) or "nothing was printed"
            raise SecretFileError(
                f"the shell of worker {self.worker.workername} failed ({command.rc}): {output}"
            )
        return command.stdout.splitlines()

    async def download(self, path: str, content: bytes) -> bool:
        """Write a file on the worker, replacing its content.

        :param path: absolute.
        :return: whether the worker reports success.
        """
        args = {
            "workdir": ".",
            "workerdest": path,
            "reader": StringFileReader(content),
            "maxsize": None,
            "blocksize": BLOCK,
            "mode": 0o600,
        }
        try:
            command = await self.run("downloadFile", args)
        except WorkerCommandError:  # a full disk
            return False
        return command.rc == 0

    async def stat(self, path: str) -> tuple[Any, ...] | None:
        """Look at a file on the worker, through symbolic links.

        :return: what `os.stat` returns there, or ``None`` if there is no such file.
        :raise SecretFileError: when the worker says anything else.
        """
        command = await self.run("stat", {"file": path})
        if command.rc != 0:
            return None
        found: Any = (command.updates.get("stat") or [None])[-1]
        known = found[: stat.ST_CTIME] if isinstance(found, (list, tuple)) else ()
        if len(known) != stat.ST_CTIME or not all(isinstance(each, int) for each in known):
            raise SecretFileError(
                f"worker {self.worker.workername} answered something unexpected about {path}"
            )
        return tuple(found)
