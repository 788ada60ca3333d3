"""Measures what redaction costs a Buildbot master for each megabyte of log.

Run ``python -m tests.benchmarks.master_log`` at the top of the repository. A real master in this
process writes logs into an SQLite file in a temporary directory, with redaction and without it by
turns; the share of redaction is the median of the turns. What is compared is the
processor time of the whole process, including the database's threads.

- "from a worker": a real worker, in a process of its own, runs a step that prints the log, and
  sends it in messages of up to 64 KiB. This is a master's usual work.
- The other rows omit the worker and the unpacking of messages. They give ``Log.addStdout`` pieces
  of one size, with whole and broken lines, so that redaction has the largest share.

The database's time varies by several per cent from turn to turn. "redaction" is steadier: the
processor time inside `LogStreams.feed`, which is all that redaction adds, in the same turns.

50 secrets of 8 to 3,585 characters (the median 64) are known in all their forms, and one line in
10,000 contains one of them.
"""

from __future__ import annotations

import argparse
import statistics
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable, Sequence
from functools import partial
from pathlib import Path
from typing import Any
from unittest import mock

from buildbot.config.builder import BuilderConfig
from buildbot.process.factory import BuildFactory
from buildbot.process.log import Log
from buildbot.steps.shell import ShellCommand
from twisted.internet.defer import Deferred, maybeDeferred
from twisted.internet.task import react

from buildbot_keychain.buildbot import MasterKeychain
from buildbot_keychain.buildbot.sinks import LogStreams
from tests.benchmarks.redaction import KIB, MEGABYTE, corpus, pieces, secrets, size_of
from tests.support.cleanups import Cleanups
from tests.support.real_master import WORKER_NAME, WORKER_PASSWORD, RealMaster
from tests.support.real_processes import WorkerProcess

SECRETS = 50
HITS = 0.0001


class Bench:
    """A master, with Buildbot's own updates and with those that redact."""

    def __init__(self, master: RealMaster, values: Sequence[str]) -> None:
        self.master = master
        self.plain = master.master.data.updates
        keychain = MasterKeychain.of(master.master)
        for index, value in enumerate(values):
            keychain.redactor.add(f"secret-{index}", value)
        self.redacting = master.master.data.updates
        self.written = 0

    async def write(self, chunks: Sequence[str]) -> None:
        """Write one log as a step does that gets `chunks` from a worker's messages."""
        updates = self.master.master.data.updates
        self.written += 1
        logid = await maybeDeferred(updates.addLog, 1, f"stdio-{self.written}", "s")
        log = Log.new(self.master.master, "stdio", "s", logid, "utf-8")
        for chunk in chunks:
            await log.addStdout(chunk)
        await log.flush()
        await maybeDeferred(updates.finishLog, logid)

    async def build(self) -> None:
        """Run a build in which the worker prints the log."""
        ended = self.master.event(("builds", None, "finished"))
        await self.master.request_build()
        if (await ended)["results"] != 0:
            raise RuntimeError("the build failed")

    async def row(
        self, label: str, text: str, write: Callable[[], Awaitable[None]], turns: int
    ) -> None:
        """Print the milliseconds of processor time for a megabyte of log."""
        megabytes = size_of(text) / MEGABYTE
        feed = LogStreams.feed
        inside = 0.0

        def timed(streams: LogStreams, content: str) -> str:
            nonlocal inside
            start = time.thread_time()
            try:
                return feed(streams, content)
            finally:
                inside += time.thread_time() - start

        async def time_write(updates: Any) -> float:
            self.master.master.data.updates = updates
            start = time.process_time()
            await write()
            return (time.process_time() - start) * 1e3 / megabytes

        with mock.patch.object(LogStreams, "feed", timed):
            await time_write(self.redacting)
            inside = 0.0
            plain: list[float] = []
            redacting: list[float] = []
            for turn in range(turns):
                sides = [(self.plain, plain), (self.redacting, redacting)]
                # The database grows, so neither side may always come second.
                for updates, times in sides if turn % 2 else reversed(sides):
                    times.append(await time_write(updates))
        before, after = statistics.median(plain), statistics.median(redacting)
        share = statistics.median(w / wo - 1 for wo, w in zip(plain, redacting, strict=True))
        redaction = inside * 1e3 / megabytes / turns
        print(
            f"{label:14} {before:8.1f} {after:8.1f} {share:8.1%}"
            f" {redaction:14.1f} {redaction / before:8.1%}",
            flush=True,
        )


async def measure(directory: Path, turns: int, count: int) -> None:
    """Print all rows."""
    values = secrets(SECRETS)
    printed = corpus(64 * KIB * count, values, HITS)
    (directory / "log").write_text(printed)
    factory = BuildFactory([ShellCommand(command=["cat", str(directory / "log")])])
    builder = BuilderConfig("builder", workernames=[WORKER_NAME], factory=factory)
    basedir = directory / "master"
    basedir.mkdir()
    master = RealMaster(basedir, {"builders": [builder]}, "pb")
    cleanups = Cleanups()
    await master.start()
    cleanups.addCleanup(lambda: Deferred.fromCoroutine(master.stop()))
    try:
        connected = master.event(("workers", None, "connected"))
        worker = WorkerProcess(cleanups, directory / "worker")
        await worker.create(master.port(), WORKER_NAME, WORKER_PASSWORD)
        await worker.start()
        await connected
        bench = Bench(master, values)
        print("ms/MB           without     with    share      redaction    share")
        await bench.row("from a worker", printed, bench.build, turns)
        for label, chunk in (("1 KiB", KIB), ("4 KiB", 4 * KIB), ("64 KiB", 64 * KIB)):
            text = corpus(chunk * count, values, HITS)
            chunks = pieces(text, chunk)
            await bench.row(label, text, partial(bench.write, chunks), turns)
    finally:
        await cleanups.run()


def main(arguments: Sequence[str]) -> None:
    """Start a master and a worker, measure, and stop them."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--turns", type=int, default=9, help="how often each log is written")
    parser.add_argument("--chunks", type=int, default=100, help="how many make a log")
    options = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory(prefix="keychain-benchmark-") as directory:
        run = measure(Path(directory), options.turns, options.chunks)
        react(lambda _reactor: Deferred.fromCoroutine(run))


if __name__ == "__main__":
    main(sys.argv[1:])
