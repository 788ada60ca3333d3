"""Measures what redaction costs a Buildbot master for each megabyte of log.

Run ``python -m tests.benchmarks.master_log`` at the top of the repository. A real master in this
process, without a worker, takes the output of a step as it takes it from a worker's messages:
``StreamLog.addStdout`` in pieces of whole and broken lines, whose lines go through
``master.data.updates.appendLog`` into an SQLite file in a temporary directory. Logs with
redaction and without it take turns, and the share is the median of theirs. What is compared is the
processor time of the whole process, the database's threads included; the master does not unpack
messages or answer browsers here, which would make the share of redaction smaller. The time of the
database varies; "alone" is what the same lines take in `LogStreams`, without a master, as a share.

50 secrets of 8 to 3,585 characters (the median 64) are known in all their forms, and one line in
10,000 has one of them.
"""

from __future__ import annotations

import argparse
import statistics
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from buildbot.config.builder import BuilderConfig
from buildbot.process.factory import BuildFactory
from buildbot.process.log import Log
from twisted.internet.defer import Deferred, maybeDeferred
from twisted.internet.task import react

from buildbot_keychain.buildbot.log_streams import LogStreams
from buildbot_keychain.buildbot.master import MasterKeychain
from buildbot_keychain.redaction import Redactor
from tests.benchmarks.redaction import KIB, MEGABYTE, corpus, pieces, secrets, size_of
from tests.integration.real_master import WORKER_NAME, RealMaster

SECRETS = 50


class Bench:
    """A master, with its updates as they are and as the keychain redacts them."""

    def __init__(self, master: Any, values: Sequence[str]) -> None:
        self.master = master
        self.plain = master.data.updates
        keychain = MasterKeychain.of(master)
        for index, value in enumerate(values):
            keychain.redactor.add(f"secret-{index}", value)
        self.redactor = keychain.redactor
        self.redacting = master.data.updates
        self.written = 0

    async def write(self, updates: Any, chunks: Sequence[str]) -> float:
        """Write one log and return the processor time it took, in seconds."""
        self.master.data.updates = updates
        self.written += 1
        logid = await maybeDeferred(updates.addLog, 1, f"stdio-{self.written}", "s")
        log = Log.new(self.master, "stdio", "s", logid, "utf-8")
        start = time.process_time()
        for chunk in chunks:
            await log.addStdout(chunk)
        await log.flush()
        await maybeDeferred(updates.finishLog, logid)
        return time.process_time() - start


def streamed(redactor: Redactor, text: str, chunk: int) -> float:
    """The processor time in seconds that whole lines take in `LogStreams`."""
    lines = text.splitlines(keepends=True)
    each = max(1, chunk * len(lines) // len(text))
    contents = [
        "".join(f"o{line}" for line in lines[at : at + each]) for at in range(0, len(lines), each)
    ]
    streams = LogStreams(redactor, "s")
    start = time.process_time()
    for content in contents:
        streams.feed(content)
    return time.process_time() - start


async def measure(directory: str, turns: int, count: int) -> None:
    """Print a row for each size of a chunk."""
    builder = BuilderConfig("builder", workernames=[WORKER_NAME], factory=BuildFactory())
    master = RealMaster(Path(directory), {"builders": [builder]}, "null")
    await master.start()
    try:
        values = secrets(SECRETS)
        bench = Bench(master.master, values)
        print("chunks      without, ms/MB    with, ms/MB  redaction    alone")
        for label, chunk in (("1 KiB", KIB), ("4 KiB", 4 * KIB), ("64 KiB", 64 * KIB)):
            text = corpus(chunk * count, values, 0.0001)
            megabytes = size_of(text) / MEGABYTE
            chunks = pieces(text, chunk)
            await bench.write(bench.redacting, chunks[:20])
            taken = []
            for _ in range(turns):
                without = await bench.write(bench.plain, chunks)
                taken.append((without, await bench.write(bench.redacting, chunks)))
            share = statistics.median(with_ / without - 1 for without, with_ in taken)
            alone = statistics.median(streamed(bench.redactor, text, chunk) for _ in range(turns))
            before, after = (statistics.median(side) for side in zip(*taken, strict=True))
            print(
                f"{label:10} {before / megabytes * 1e3:16.2f} {after / megabytes * 1e3:14.2f}"
                f" {share:10.1%} {alone / before:8.1%}"
            )
    finally:
        await master.stop()


def main(arguments: Sequence[str]) -> None:
    """Start a master, measure, stop it."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--turns", type=int, default=9, help="how often each log is written")
    parser.add_argument("--chunks", type=int, default=100, help="how many make a log")
    options = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory(prefix="keychain-benchmark-") as directory:
        run = measure(directory, options.turns, options.chunks)
        react(lambda _reactor: Deferred.fromCoroutine(run))


if __name__ == "__main__":
    main(sys.argv[1:])
