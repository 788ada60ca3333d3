"""`SecretFileRegistry`: which secret files are on workers, in use or left behind.

A file is *in use* while the build that wrote it runs on the connection over which it was written.
Any other file in the ledger was *left behind*: its worker was lost, its master was killed, its
removal failed. Those are removed when the worker next connects, before any builder hears of it, so
before it builds anything.

There is one registry for each master. It renders nothing and holds no content.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from weakref import WeakSet

from buildbot.process.build import Build
from twisted.internet import error
from twisted.internet.defer import maybeDeferred
from twisted.logger import Logger
from twisted.spread import pb

from buildbot_keychain.buildbot.secret_files._blocks import Block
from buildbot_keychain.buildbot.secret_files._commands import WorkerCommands
from buildbot_keychain.buildbot.secret_files._errors import NoAnswerError, SecretFileError
from buildbot_keychain.buildbot.secret_files._files_in_use import (
    FileInUse,
    ForeignFiles,
    in_use_error,
)
from buildbot_keychain.buildbot.secret_files._ledger import Ledger
from buildbot_keychain.buildbot.secret_files._locations import (
    FileLocation,
    RememberedFile,
    RequestedPath,
)
from buildbot_keychain.buildbot.secret_files._posix import PosixFiles
from buildbot_keychain.buildbot.secret_files._windows import WindowsFiles
from buildbot_keychain.buildbot.secret_files._worker_files import WorkerFiles
from buildbot_keychain.deferreds import returns_deferred

CONNECT_DEADLINE = 60
"""Seconds that one command may take while its worker is connecting."""

_ATTRIBUTE = "buildbot_keychain_secret_files"


class SecretFileRegistry:
    """The secret files of one master's workers.

    :param master: Buildbot's master.
    """

    _log = Logger()

    def __init__(self, master: Any) -> None:
        self._master = master
        self._ledger = Ledger(master)
        self._in_use: list[FileInUse] = []
        self._foreign: list[ForeignFiles] = []
        self._swept_connections: WeakSet[Any] = WeakSet()

    @classmethod
    def of(cls, master: Any) -> SecretFileRegistry:
        """Return the registry of `master`, making it at the first call."""
        registry = getattr(master, _ATTRIBUTE, None)
        if registry is None:
            registry = cls(master)
            setattr(master, _ATTRIBUTE, registry)
        return registry

    # ------------------------------------------------------------------ files of running builds

    async def claim(self, file: FileInUse) -> None:
        """Reserve a location for a build; it is in the database when this returns.

        :raise SecretFileError: when a running build has a file there.
        """
        other = self.file_at(file.worker, file.conn, file.location)
        if other is not None:
            raise in_use_error(file.build, other)
        self._in_use.append(file)
        try:
            remembered = RememberedFile(file.wanted, len(file.location.new_directories))
            await self._ledger.add(file.worker, {file.entry: remembered})
        except BaseException:
            self._drop(file)
            raise

    async def release(self, file: FileInUse) -> None:
        """Release a reserved location at which nothing was created."""
        self._drop(file)
        await self._ledger.remove(file.worker, file.entry)

    def file_at(self, worker: str, conn: Any, location: FileLocation) -> FileInUse | None:
        """Return the file that a running build has at a location, if one has."""
        for file in self._in_use:
            on_connection = file.worker == worker and file.conn is conn
            if on_connection and file.location.is_same_file(location):
                return file
        return None

    def files_of(self, build: Build, block: Block | None = None) -> list[FileInUse]:
        """Return the files of a build, those of one block or all, the newest first."""
        return [
            file
            for file in reversed(self._in_use)
            if file.build is build and (block is None or file.block is block)
        ]

    async def remove(self, file: FileInUse) -> None:
        """Remove a file of a running build.

        Whatever happens, the file is not in use any more; unless it is gone, it counts as left
        behind.

        :raise SecretFileError: when it is still there.
        :raise twisted.internet.error.ConnectionLost: when the worker is gone.
        """
        self._drop(file)
        await file.files.remove(file.location)
        await self._ledger.remove(file.worker, file.entry)

    def _drop(self, file: FileInUse) -> None:
        # A worker that came back in the meantime has dropped all files of its old connection.
        if file in self._in_use:
            self._in_use.remove(file)

    # -------------------------------------------------------------- files of Buildbot's own steps

    async def expect(self, foreign: ForeignFiles) -> None:
        """Remember files that a step is about to write; they are in the database when this returns.

        They are in use until they are forgotten or cleared.
        """
        self._foreign.append(foreign)
        await self._ledger.add(foreign.worker, foreign.files)

    async def forget(self, foreign: ForeignFiles) -> None:
        """Forget files that the step has removed."""
        self._drop_foreign(foreign)
        await self._ledger.remove(foreign.worker, *foreign.files)

    async def clear(self, foreign: ForeignFiles, commands: WorkerCommands) -> None:
        """Remove what there is of the files of a step that has ended.

        Whatever happens, they are not in use any more; what is not gone counts as left behind.

        :raise SecretFileError: when one is still there; all the rest was removed first, unless the
            worker did not answer.
        :raise twisted.internet.error.ConnectionLost: when the worker is gone.
        """
        self._drop_foreign(foreign)
        failed = []
        for entry, file in foreign.files.items():
            try:
                await _remove_left(files_over(commands), file)
            except SecretFileError as problem:  # noqa: PERF203 - each by itself
                failed.append(str(problem))
                if isinstance(problem, NoAnswerError):
                    break
            else:
                await self._ledger.remove(foreign.worker, entry)
        if failed:
            raise SecretFileError("; ".join(failed))

    def _drop_foreign(self, foreign: ForeignFiles) -> None:
        if foreign in self._foreign:
            self._foreign.remove(foreign)

    # ---------------------------------------------------------------------- files left behind

    async def sweep(self, commands: WorkerCommands, wanted: RequestedPath | None = None) -> None:
        """Remove what was left behind on a worker.

        :param commands: a way to that worker; no command of its builder is running.
        :param wanted: only what is there; everything when ``None``.
        :raise SecretFileError: when something is still there; all the rest was removed first.
        :raise twisted.internet.error.ConnectionLost: when the worker is gone.
        """
        worker, conn = commands.worker.workername, commands.conn
        self._in_use = [f for f in self._in_use if f.worker != worker or f.conn is conn]
        self._foreign = [f for f in self._foreign if f.worker != worker or f.conn is conn]
        in_use = {file.entry for file in self._in_use}.union(*(f.files for f in self._foreign))
        failed = []
        for entry, left in (await self._ledger.entries(worker)).items():
            if entry in in_use or (wanted is not None and not left.is_at(wanted)):
                continue
            try:
                await _remove_left(files_over(commands), left)
            except SecretFileError as problem:
                failed.append(str(problem))
            else:
                await self._ledger.remove(worker, entry)
                self._log.info(
                    "removed the secret file {path} that was left behind on worker {worker}",
                    path=left.path,
                    worker=worker,
                )
        if wanted is None:
            self._swept_connections.add(conn)
        if failed:
            raise SecretFileError("; ".join(failed))

    async def sweep_once(self, commands: WorkerCommands) -> None:
        """Remove what was left behind on a worker, unless that was done over this connection.

        What cannot be removed stays in the ledger for the next time, and the log says so.
        """
        if commands.conn in self._swept_connections:
            return
        try:
            await self.sweep(commands)
        except SecretFileError as problem:
            self._log.error(
                "secret files left behind on worker {worker} could not be removed; the next "
                "attempt is when it connects again: {problem}",
                worker=commands.worker.workername,
                problem=str(problem),
            )

    @returns_deferred
    async def admit(self, conn: Any, worker: str, accept: Callable[[], Any]) -> bool:
        """Let Buildbot accept a new connection, and sweep its worker before it is attached.

        :param accept: Buildbot's answer to the connection, or a Deferred of it.
        :return: that answer.
        """
        accepted = bool(await maybeDeferred(accept))
        if accepted:
            await self._sweep_new(conn, worker)
        return accepted

    async def _sweep_new(self, conn: Any, name: str) -> None:
        """Sweep a worker that is not attached yet.

        What cannot be removed does not keep the worker out: it stays in the ledger for the next
        time, and the log says so. A worker that is gone again is not let in.
        """
        try:
            if not await self._ledger.entries(name):
                self._swept_connections.add(conn)
                return
            worker = self._master.workers.getWorkerByName(name)
            builders = [
                (builder.name, builder.config.workerbuilddir)
                for builder in self._master.botmaster.getBuildersForWorker(name)
            ]
            if not builders:
                return
            # A worker takes commands for the builders on its list only. It gets the same list again
            # when it is attached.
            await conn.remoteSetBuilderList(builders)
            commands = WorkerCommands(worker, conn, builders[0][0], deadline=CONNECT_DEADLINE)
            await self.sweep_once(commands)
            # Fails when the worker is gone again.
            await conn.remotePrint("looked for secret files that were left behind")
        except (error.ConnectionLost, pb.PBConnectionLost, pb.DeadReferenceError):
            raise
        except Exception:  # noqa: BLE001 - a mistake here must not keep a worker out
            self._log.failure("while removing what was left behind on worker {worker}", worker=name)


async def _remove_left(files: WorkerFiles, left: RememberedFile) -> None:
    """Remove a file that was left behind, wherever its path leads now."""
    found = await files.find(left.wanted)
    if found is not None:
        await files.remove(left.located(found))


def files_over(commands: WorkerCommands) -> WorkerFiles:
    """Return the files of the worker that runs these commands."""
    if not commands.windows:
        return PosixFiles(commands)
    home = (commands.conn.info.get("environ") or {}).get("USERPROFILE")
    return WindowsFiles(commands, commands.builddir, home)
