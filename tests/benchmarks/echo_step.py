"""Measures what redaction costs a Buildbot master for a build of one short step.

Run ``python -m tests.benchmarks.echo_step`` at the top of the repository. Two masters run, each in
a process of its own with an SQLite file and a local worker: a plain one, and one with this library
and 50 secrets, which are known in all their forms. By turns, each builds
``echo hello`` several times. What is compared is the processor time of the whole process for a
build, from its request to its end, the database's threads and the local worker included; the share
is the median of the turns.
"""

from __future__ import annotations

import argparse
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from buildbot.config.builder import BuilderConfig
from buildbot.process.factory import BuildFactory
from buildbot.steps.shell import ShellCommand
from twisted.internet.defer import Deferred
from twisted.internet.task import react
from twisted.internet.threads import deferToThread

from buildbot_keychain.buildbot import MasterKeychain
from buildbot_keychain.plugins.secrets import SecretInAFile
from tests.benchmarks.redaction import secrets
from tests.support.real_master import BUILDER_NAME, WORKER_NAME, RealMaster

SECRETS = 50
WARMING = 5
"""Builds before the first turn."""

PLAIN, KEYCHAIN = "plain", "keychain"


def configuration(variant: str, directory: Path) -> dict[str, Any]:
    """Return the configuration of one of the two masters."""
    factory = BuildFactory([ShellCommand(command=["echo", "hello"])])
    builder = BuilderConfig(BUILDER_NAME, workernames=[WORKER_NAME], factory=factory)
    return {"builders": [builder]} | (_secrets(directory) if variant == KEYCHAIN else {})


def _secrets(directory: Path) -> dict[str, Any]:
    (directory / "secrets").mkdir(mode=0o700)
    return {"secretsProviders": [SecretInAFile(str(directory / "secrets"))]}


async def serve(variant: str, directory: Path) -> None:
    """Run a master; for each line of standard input with a number, print a build's cost in ms."""
    basedir = directory / "master"
    basedir.mkdir()
    master = RealMaster(basedir, configuration(variant, directory), "null")
    await master.start()
    try:
        if variant == KEYCHAIN:
            redactor = MasterKeychain.of(master.master).redactor
            for number, value in enumerate(secrets(SECRETS)):
                redactor.add(f"secret-{number}", value)
        while line := await deferToThread(sys.stdin.readline):
            start = time.process_time()
            for _ in range(int(line)):
                ended = master.event(("builds", None, "finished"))
                await master.request_build()
                if (await ended)["results"] != 0:
                    raise RuntimeError("the build failed")
            print((time.process_time() - start) * 1e3 / int(line), flush=True)
    finally:
        await master.stop()


class Side:
    """A process that runs one of the masters."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self._process = process

    def build(self, count: int) -> float:
        """Return the milliseconds of processor time that each of `count` builds took."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        print(count, file=self._process.stdin, flush=True)
        return float(self._process.stdout.readline())


@contextmanager
def side(variant: str) -> Iterator[Side]:
    """Run one of the masters in a temporary directory."""
    command = [sys.executable, "-m", __spec__.name, "--serve", variant]
    with (
        tempfile.TemporaryDirectory(prefix="keychain-benchmark-") as directory,
        subprocess.Popen(
            [*command, directory], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        ) as process,
    ):
        yield Side(process)


def measure(turns: int, builds: int) -> None:
    """Print the cost of a build without this library and with it."""
    with side(PLAIN) as plain, side(KEYCHAIN) as keychain:
        for each in (plain, keychain):
            each.build(WARMING)
        pairs = [(plain.build(builds), keychain.build(builds)) for _ in range(turns)]
    without, with_it = (statistics.median(each) for each in zip(*pairs, strict=True))
    share = statistics.median(after / before - 1 for before, after in pairs)
    print("ms for a build      without     with    share")
    print(f"echo hello         {without:8.1f} {with_it:8.1f} {share:8.1%}")


def main(arguments: Sequence[str]) -> None:
    """Start two masters, measure, and stop them."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--turns", type=int, default=9, help="how often each master builds")
    parser.add_argument("--builds", type=int, default=10, help="how many builds in each turn")
    parser.add_argument(
        "--serve", nargs=2, metavar=("VARIANT", "DIRECTORY"), help=argparse.SUPPRESS
    )
    options = parser.parse_args(arguments)
    if not options.serve:
        measure(options.turns, options.builds)
        return
    variant, directory = options.serve
    react(lambda _reactor: Deferred.fromCoroutine(serve(variant, Path(directory))))


if __name__ == "__main__":
    main(sys.argv[1:])
