"""Who knows which secret files are where: those of running builds, and those left behind.

A file is *live* while the build that wrote it runs on the connection over which it was written.
Any other file in the ledger is *left behind*: its worker vanished, its master was killed, its
removal failed. Those are removed when the worker next connects, before any builder hears of it, so
before it builds anything.

One object for each master. It renders nothing and holds no content.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any
from uuid import uuid4
from weakref import WeakSet

from buildbot.process.build import Build
from twisted.internet import error
from twisted.internet.defer import Deferred
from twisted.logger import Logger
from twisted.spread import pb

from buildbot_keychain.buildbot.secret_files.commands import Commands
from buildbot_keychain.buildbot.secret_files.entries import Block
from buildbot_keychain.buildbot.secret_files.failures import SecretFileError
from buildbot_keychain.buildbot.secret_files.files import WorkerFiles
from buildbot_keychain.buildbot.secret_files.ledger import Ledger
from buildbot_keychain.buildbot.secret_files.places import Place
from buildbot_keychain.buildbot.secret_files.posix import PosixFiles
from buildbot_keychain.buildbot.secret_files.windows import WindowsFiles

ATTACH_DEADLINE = 60
"""Seconds that one command may take while its worker is connecting."""

_ATTRIBUTE = "buildbot_keychain_leftovers"


@dataclass(eq=False)
class LiveFile:
    """A file of a running build.

    :ivar files: what can remove it.
    """

    worker: str
    conn: Any
    build: Build
    block: Block
    place: Place
    files: WorkerFiles
    entry: str = field(default_factory=lambda: uuid4().hex)


class Leftovers:
    """The secret files of one master's workers.

    :param master: Buildbot's master.
    """

    _log = Logger()

    def __init__(self, master: Any) -> None:
        self._master = master
        self._ledger = Ledger(master.db.state)
        self._live: list[LiveFile] = []
        self._swept: WeakSet[Any] = WeakSet()
        self._started = False
        self.redact: Callable[[str], str] = str

    @classmethod
    def of(cls, master: Any) -> Leftovers:
        """Give the one object of that master, making it at the first call."""
        found = getattr(master, _ATTRIBUTE, None)
        if found is None:
            found = cls(master)
            setattr(master, _ATTRIBUTE, found)
        return found

    def start(self, redact: Callable[[str], str] | None = None) -> None:
        """Look after every worker that connects from now on. Calling it again changes no more.

        :param redact: what hides secrets in a text; a path that it changes is refused, because
            paths are stored and shown.

        Every protocol asks the manager of workers about a new connection, and waits for the answer
        before the worker is attached to anything. There is one manager for the master's whole life.
        """
        if redact is not None:
            self.redact = redact
        if self._started:
            return
        self._started = True
        manager = self._master.workers
        accept = manager.newConnection

        def sweep_first(conn: Any, worker_name: str) -> Deferred[bool]:
            async def answer() -> bool:
                accepted = await accept(conn, worker_name)
                if accepted:
                    await self._sweep_new(conn, worker_name)
                return bool(accepted)

            return Deferred.fromCoroutine(answer())

        manager.newConnection = sweep_first

    # ------------------------------------------------------------------ files of running builds

    async def claim(self, live: LiveFile) -> None:
        """Take a place for a build; it is in the database when this returns.

        :raise SecretFileError: when a running build has a file there.
        """
        other = self.live_at(live.worker, live.conn, live.place)
        if other is not None:
            raise in_use(live.build, other)
        self._live.append(live)
        try:
            await self._ledger.add(live.worker, live.entry, live.place)
        except BaseException:
            self._drop(live)
            raise

    def live_at(self, worker: str, conn: Any, place: Place) -> LiveFile | None:
        """Give the file that a running build has at a place, if one has."""
        for live in self._live:
            if live.worker == worker and live.conn is conn and live.place.same_file(place):
                return live
        return None

    def live(self, build: Build, block: Block | None = None) -> list[LiveFile]:
        """Give a build's files, those of one block or all, the newest first."""
        return [
            live
            for live in reversed(self._live)
            if live.build is build and (block is None or live.block is block)
        ]

    async def remove(self, live: LiveFile) -> None:
        """Remove a file of a running build.

        Whatever happens, the file is not live any more; unless it is gone, it counts as left
        behind.

        :raise SecretFileError: when it is still there.
        :raise twisted.internet.error.ConnectionLost: when the worker is gone.
        """
        self._drop(live)
        await live.files.remove(live.place)
        await self._ledger.strike(live.worker, live.entry)

    async def forget(self, live: LiveFile) -> None:
        """Give a place back in which nothing was made."""
        self._drop(live)
        await self._ledger.strike(live.worker, live.entry)

    def _drop(self, live: LiveFile) -> None:
        # A worker that came back meanwhile has swept it away with all of its old connection.
        if live in self._live:
            self._live.remove(live)

    # ---------------------------------------------------------------------- files left behind

    async def sweep(self, commands: Commands, place: Place | None = None) -> None:
        """Remove what was left behind on a worker.

        :param commands: a way to that worker; no command of its builder is running.
        :param place: only what is at this place; everything when None.
        :raise SecretFileError: when something is still there; all the rest was removed first.
        :raise twisted.internet.error.ConnectionLost: when the worker is gone.
        """
        worker, conn = commands.worker.workername, commands.conn
        self._live = [live for live in self._live if live.worker != worker or live.conn is conn]
        living = {live.entry for live in self._live}
        failed = []
        for entry, left in (await self._ledger.entries(worker)).items():
            if entry in living or (place is not None and not place.same_file(left)):
                continue
            try:
                await files_of(commands).remove(left)
            except SecretFileError as problem:
                failed.append(str(problem))
            else:
                await self._ledger.strike(worker, entry)
                self._log.info(
                    "removed the secret file {path} that was left behind on worker {worker}",
                    path=left.path,
                    worker=worker,
                )
        if place is None:
            self._swept.add(conn)
        if failed:
            raise SecretFileError("; ".join(failed))

    async def sweep_once(self, commands: Commands) -> None:
        """Remove what was left behind on a worker, unless that was done over this connection.

        What cannot be removed stays in the list for the next time, and the log says so.
        """
        if commands.conn in self._swept:
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

    async def _sweep_new(self, conn: Any, name: str) -> None:
        """Sweep a worker that is not attached yet.

        What cannot be removed does not keep the worker out: the list keeps it for the next time,
        and the log says so. A worker that is gone again is not let in.
        """
        try:
            if not await self._ledger.entries(name):
                self._swept.add(conn)
                return
            worker = self._master.workers.getWorkerByName(name)
            builders = [
                (builder.name, builder.config.workerbuilddir)
                for builder in self._master.botmaster.getBuildersForWorker(name)
            ]
            if not builders:
                return
            # A worker takes commands for builders that it was told of. It is told the same again
            # when it is attached.
            await conn.remoteSetBuilderList(builders)
            commands = Commands(worker, conn, builders[0][0], deadline=ATTACH_DEADLINE)
            await self.sweep_once(commands)
            # Fails when the worker is gone again.
            await conn.remotePrint("secret files left behind were looked for")
        except (error.ConnectionLost, pb.PBConnectionLost, pb.DeadReferenceError):
            raise
        except Exception:  # noqa: BLE001 - our mistake must not keep a worker out
            self._log.failure("while removing what was left behind on worker {worker}", worker=name)


def in_use(build: Build, other: LiveFile) -> SecretFileError:
    """Say that a path is taken by another file of ours."""
    whose = f"build {other.build.number} of {other.build.builder.name}"
    if other.build is build:
        whose = "another withSecrets of this build"
    return SecretFileError(
        f"{other.place.path}: {whose} has a secret file there just now; "
        f"choose another path for one of them"
    )


def files_of(commands: Commands) -> WorkerFiles:
    """Give the files of the worker at the end of a connection."""
    if not commands.windows:
        return PosixFiles(commands)
    home = (commands.conn.info.get("environ") or {}).get("USERPROFILE")
    return WindowsFiles(commands, commands.builddir, home)
