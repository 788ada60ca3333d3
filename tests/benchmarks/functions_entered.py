"""Counts the functions of this package that its three busiest paths enter, once warm.

Run ``python -m tests.benchmarks.functions_entered`` at the top of the repository; ``--names``
lists them. A path that enters few functions is one that a maintainer can follow and that costs
little. The paths are a lookup in a Vault whose mounts are known and whose token is valid, one line
of a log without a secret, and an `Interpolate` that a build renders for the second time. Functions
are counted in every thread; resuming a coroutine counts as a call, not as another function.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import threading
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from types import CodeType, FrameType
from typing import Any

from buildbot.config.builder import BuilderConfig
from buildbot.plugins import steps
from buildbot.process.factory import BuildFactory
from buildbot.process.log import Log
from twisted.internet.defer import Deferred, maybeDeferred
from twisted.internet.task import react

import buildbot_keychain
from buildbot_keychain import SecretInVault, SecretManager
from buildbot_keychain.plugins import secrets, util
from tests.support.openbao.server import OpenBao
from tests.support.real_master import WORKER_NAME, RealMaster

PACKAGE = str(Path(buildbot_keychain.__file__).parent)
LINE = "a line of eighty characters or so, without a secret, as compilers print them\n"


class Entered:
    """The functions of the package that run between `start` and `stop`."""

    def __init__(self) -> None:
        self.calls: Counter[CodeType] = Counter()

    def start(self) -> None:
        """Reset the counts, and count from now on, in this thread and in new ones."""
        self.calls.clear()
        threading.setprofile(self._count)
        sys.setprofile(self._count)

    def stop(self) -> None:
        """Stop counting."""
        sys.setprofile(None)
        threading.setprofile(None)

    def report(self, path: str, *, names: bool) -> None:
        """Print how many functions were entered, and how often."""
        print(f"{path:50} {len(self.calls):4} functions {self.calls.total():5} calls")
        for code, count in self.calls.items() if names else ():
            print(f"  {count:3} {Path(code.co_filename).relative_to(PACKAGE)}:{code.co_name}")

    def _count(self, frame: FrameType, event: str, argument: object) -> None:
        del argument
        if event == "call" and frame.f_code.co_filename.startswith(PACKAGE):
            self.calls[frame.f_code] += 1


async def lookup(*, names: bool) -> None:
    """Count for a lookup in a Vault."""
    server = OpenBao()
    server.start()
    try:
        server.root.write("sys/mounts/kv", type="kv", options={"version": "1"})
        server.root.write("kv/app", value="the-value-of-an-entry")
        token = server.root.token
        manager = SecretManager([SecretInVault(server.address, token, secrets_mount="kv")])
        entered = Entered()
        threading.setprofile(entered._count)
        manager.startService()
        for _ in range(12):
            await manager.get("app")
        entered.start()
        await manager.get("app")
        entered.stop()
        entered.report("a lookup in a Vault", names=names)
        await manager.stopService()
    finally:
        server.stop()


async def build(directory: Path, *, names: bool) -> None:
    """Count for a line of a log, and for an `Interpolate`."""
    files = directory / "secrets"
    files.mkdir(mode=0o700)
    (files / "token").touch(mode=0o600)
    (files / "token").write_text("the-value-of-a-token")
    text = util.Interpolate("echo %(secret:token)s %(prop:buildername)s")
    factory = BuildFactory([steps.ShellCommand(command=text)])
    builder = BuilderConfig("builder", workernames=[WORKER_NAME], factory=factory)
    configuration = {
        "builders": [builder],
        "secretsProviders": [secrets.SecretInAFile(dirname=str(files))],
    }
    basedir = directory / "master"
    basedir.mkdir()
    master = RealMaster(basedir, configuration, "null")
    await master.start()
    entered = Entered()
    try:
        await _finished_build(master)
        render = type(text).getRenderingFor

        def counted(renderable: Any, properties: Any) -> Any:
            entered.start()
            return maybeDeferred(render, renderable, properties).addBoth(_stopped, entered)

        type(text).getRenderingFor = counted  # type: ignore[assignment, method-assign]
        try:
            await _finished_build(master)
        finally:
            type(text).getRenderingFor = render  # type: ignore[method-assign]
        entered.report("an Interpolate in a build", names=names)
        logid = await maybeDeferred(master.master.data.updates.addLog, 1, "stdio-1", "s")
        log = Log.new(master.master, "stdio", "s", logid, "utf-8")
        for _ in range(20):
            await log.addStdout(LINE)
        entered.start()
        await log.addStdout(LINE)
        entered.stop()
        entered.report("a line of a log without a secret", names=names)
    finally:
        await master.stop()


def _stopped(result: Any, entered: Entered) -> Any:
    entered.stop()
    return result


async def _finished_build(master: RealMaster) -> None:
    ended = master.event(("builds", None, "finished"))
    await master.request_build()
    if (await ended)["results"] != 0:
        raise RuntimeError("the build failed")


async def measure(directory: Path, *, names: bool) -> None:
    """Print all counts."""
    await lookup(names=names)
    await build(directory, names=names)


def main(arguments: Sequence[str]) -> None:
    """Start the servers, count, and stop them."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--names", action="store_true", help="list the functions")
    options = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory(prefix="keychain-benchmark-") as directory:
        run = measure(Path(directory), names=options.names)
        react(lambda _reactor: Deferred.fromCoroutine(run))


if __name__ == "__main__":
    main(sys.argv[1:])
