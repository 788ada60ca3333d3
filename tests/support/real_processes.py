"""Real Buildbot processes, created by ``create-master`` and ``create-worker``.

A process counts as started when its own ``twistd.log`` says so (followed by ``tail``, so nothing
sleeps). It is stopped by SIGTERM at the end of its test, or killed by the test itself.
"""

from __future__ import annotations

import contextlib
import os
import re
import shutil
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from twisted.internet import reactor as global_reactor
from twisted.internet.defer import Deferred
from twisted.internet.error import ProcessExitedAlready
from twisted.internet.protocol import ProcessProtocol
from twisted.trial.unittest import SkipTest

if TYPE_CHECKING:
    from collections.abc import Mapping

    from twisted.python.failure import Failure

STOP_TIMEOUT = 20
"""Seconds after which a process that does not stop is killed."""

REPOSITORY = Path(__file__).resolve().parents[2]


class _Process(ProcessProtocol):
    """A child process: its output, and a Deferred that fires with its exit status."""

    def __init__(self) -> None:
        self.output = b""
        self.ended: Deferred[int | None] = Deferred()
        self._patterns: list[tuple[re.Pattern[bytes], int, Deferred[re.Match[bytes]]]] = []

    def outReceived(self, data: bytes) -> None:
        self.output += data
        for waiting in list(self._patterns):
            pattern, start, found = waiting
            if match := pattern.search(self.output, start):
                self._patterns.remove(waiting)
                found.callback(match)

    errReceived = outReceived

    def wait_for(self, pattern: str, start: int = 0) -> Deferred[re.Match[bytes]]:
        """Return a Deferred of the first match in the output; it fails when the process ends first.

        :param start: the number of bytes of the output to skip.
        """
        found: Deferred[re.Match[bytes]] = Deferred()
        self._patterns.append((re.compile(pattern.encode(), re.MULTILINE), start, found))
        self.outReceived(b"")
        return found

    def processEnded(self, reason: Failure) -> None:
        waiting, self._patterns = self._patterns, []
        for pattern, _start, found in waiting:
            error = f"the process ended before its output matched {pattern.pattern!r}"
            found.errback(RuntimeError(error))
        self.ended.callback(getattr(reason.value, "exitCode", None))

    def signal(self, name: str) -> None:
        assert self.transport is not None
        with contextlib.suppress(ProcessExitedAlready):
            self.transport.signalProcess(name)


def _spawn(argv: list[str], cwd: Path, env: Mapping[str, str]) -> _Process:
    process = _Process()
    global_reactor.spawnProcess(process, argv[0], argv, env=dict(env), path=str(cwd))
    # An interrupted test run must leave no process behind.
    global_reactor.addSystemEventTrigger("before", "shutdown", process.signal, "KILL")
    return process


class BuildbotProcess:
    """A master or a worker in `basedir`, started by `command` of Buildbot."""

    def __init__(self, test: Any, command: str, basedir: Path) -> None:
        self.basedir = basedir
        self._test = test
        self._command = command_path(command)
        self._process: _Process | None = None
        self._tail: _Process | None = None
        path = os.pathsep.join([str(REPOSITORY), os.environ.get("PYTHONPATH", "")])
        self.environment = {**os.environ, "PYTHONPATH": path.rstrip(os.pathsep)}

    @property
    def log(self) -> str:
        """The content of ``twistd.log``, including rotated files."""
        files = sorted(self.basedir.glob("twistd.log*"), reverse=True)
        return "".join(file.read_text("utf-8", "backslashreplace") for file in files)

    @property
    def output(self) -> str:
        """What the process wrote to standard output and standard error."""
        return self._process.output.decode("utf-8", "backslashreplace") if self._process else ""

    async def start(self, ready: str) -> None:
        """Start the process and wait until its log matches the regular expression `ready`."""
        log = self.basedir / "twistd.log"
        log.touch()
        tail = ["tail", "--follow", f"--bytes=+{log.stat().st_size + 1}", str(log)]
        self._tail = _spawn([shutil.which("tail") or "tail", *tail[1:]], self.basedir, os.environ)
        argv = [self._command, "start", "--nodaemon", str(self.basedir)]
        self._process = _spawn(argv, self.basedir, self.environment)
        self._test.addCleanup(self._end)
        # If the process ends early, so does the wait.
        self._process.ended.addCallback(self._stop_tail)
        await self._tail.wait_for(ready)

    def wait_for(self, pattern: str) -> Deferred[re.Match[bytes]]:
        """Return a Deferred of the first match of a regular expression in the log of this run."""
        assert self._tail is not None
        return self._tail.wait_for(pattern)

    def reload(self) -> Deferred[re.Match[bytes]]:
        """Reconfigure the master; the Deferred fires when its log reports the end of it."""
        assert self._process is not None
        assert self._tail is not None
        ended = r"configuration update (complete|aborted|partially)"
        done = self._tail.wait_for(ended, len(self._tail.output))
        self._process.signal("HUP")
        return done

    async def stop(self) -> int | None:
        """Stop the process as the system does at shutdown, and return its exit status.

        Buildbot stops inside the signal's handler, which may find a lock held by the code that it
        has interrupted, or a build that is just ending, and then never ends: it is killed.
        """
        kill = global_reactor.callLater(STOP_TIMEOUT, self._kill_stuck)
        try:
            return await self._signalled("TERM")
        finally:
            if kill.active():
                kill.cancel()

    def _kill_stuck(self) -> None:
        if self._process is not None:
            self._process.signal("KILL")

    async def kill(self) -> None:
        """Kill the process, without a chance to clean up."""
        await self._signalled("KILL")

    async def _signalled(self, name: str) -> int | None:
        if self._process is None:
            return None
        process = self._process
        process.signal(name)
        if process.ended.called:
            return None
        return await _result_of(process.ended)

    def _end(self) -> Deferred[int | None]:
        return Deferred.fromCoroutine(self.stop())

    def _stop_tail(self, status: int | None) -> Deferred[int | None]:
        # For a test, the process ends together with its tail.
        assert self._tail is not None
        self._tail.signal("TERM")
        return _result_of(self._tail.ended).addCallback(lambda _: status)


def _result_of(ended: Deferred[int | None]) -> Deferred[int | None]:
    """Return a Deferred of the result of `ended`, for which others wait as well."""
    waiting: Deferred[int | None] = Deferred()

    def deliver(result: Any) -> Any:
        waiting.callback(result)
        return result

    ended.addBoth(deliver)
    return waiting


_SQLITE = "sqlite:///state.sqlite"
_BASEDIR = b"{the directory of the master}"
_created: dict[str, tuple[int, bytes]] = {}
"""The files that ``create-master`` has written, with their modes, once it has."""


def _keep_created(basedir: Path) -> None:
    """Keep what the command has written: it takes two seconds of a processor."""
    for path in basedir.iterdir():
        content = path.read_bytes().replace(repr(str(basedir)).encode(), _BASEDIR)
        _created[path.name] = (path.stat().st_mode & 0o777, content)


def _copy_created(basedir: Path) -> None:
    """Write what the command would write."""
    basedir.mkdir(exist_ok=True)
    for name, (mode, content) in _created.items():
        path = basedir / name
        path.touch(mode)
        path.write_bytes(content.replace(_BASEDIR, repr(str(basedir)).encode()))


class MasterProcess(BuildbotProcess):
    """A master created by ``buildbot create-master``; the test writes its ``master.cfg``."""

    def __init__(self, test: Any, basedir: Path) -> None:
        super().__init__(test, "buildbot", basedir)

    async def create(self, configuration: str, db_url: str = _SQLITE) -> None:
        """Create the master's directory and database, with `configuration` as ``master.cfg``."""
        if db_url == _SQLITE and _created:
            _copy_created(self.basedir)
        else:
            argv = [self._command, "create-master", "--quiet", "--db", db_url, str(self.basedir)]
            await run(argv)
            if db_url == _SQLITE:
                _keep_created(self.basedir)
        (self.basedir / "master.cfg").write_text(configuration)

    async def start(self, ready: str = r"BuildMaster is running") -> None:
        await super().start(ready)

    async def port_of(self, factory: str) -> int:
        """Return the TCP port that `factory` (``Site``, ``PBServerFactory``…) listens on."""
        match = await self.wait_for(rf"{factory}[^\n]* starting on (\d+)")
        return int(match.group(1))


class WorkerProcess(BuildbotProcess):
    """A worker created by ``buildbot-worker create-worker``."""

    def __init__(self, test: Any, basedir: Path) -> None:
        super().__init__(test, "buildbot-worker", basedir)

    async def create(self, port: int, name: str, password: str) -> None:
        """Create the worker's directory, for the master that listens on `port`."""
        address = f"127.0.0.1:{port}"
        argv = [self._command, "create-worker", "--quiet", str(self.basedir), address, name]
        await run([*argv, password])

    async def start(self, ready: str = r"Connected to .*; worker is ready") -> None:
        await super().start(ready)


async def run(argv: list[str], cwd: Path | None = None) -> str:
    """Run a command and return its output; an error names its exit status."""
    process = _spawn(argv, cwd or Path.cwd(), os.environ)
    status = await process.ended
    if status != 0:
        error = f"{Path(argv[0]).name} {argv[1]} ended with status {status}:\n"
        raise RuntimeError(error + process.output.decode("utf-8", "replace"))
    return process.output.decode()


def command_path(name: str) -> str:
    """Return the path of a command of this Python environment, or skip the test."""
    beside = Path(sys.executable).with_name(name)
    path = str(beside) if beside.exists() else shutil.which(name)
    if path is None:
        raise SkipTest(f"the command {name} is not installed")
    return path
