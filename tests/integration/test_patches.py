"""A master on a Buildbot that a patch does not fit refuses to start, unless that is accepted."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Any

from buildbot.process.properties import Properties

from buildbot_keychain.buildbot import install
from buildbot_keychain.buildbot.patches import Patch, gaps_in
from buildbot_keychain.buildbot.patches.table import TABLE
from buildbot_keychain.plugins import secrets, util
from buildbot_keychain.versions import ACCEPT_VARIABLE
from tests.support.buildbot_patches import broken, replaced, unpatched
from tests.support.real_master import RealMasterTestCase
from tests.support.real_processes import MasterProcess, command_path, run

CONFIGURATION = """
from buildbot.process.remotecommand import RemoteCommand
start = RemoteCommand._start
RemoteCommand._start = lambda self, priority=0: start(self)

from buildbot.plugins import schedulers, worker
from buildbot_keychain.plugins import secrets, util

c = BuildmasterConfig = {{
    "buildbotNetUsageData": None,
    "workers": [worker.LocalWorker("worker")],
    "builders": [
        util.BuilderConfig("builder", workernames=["worker"], factory=util.BuildFactory())
    ],
    "secretsProviders": [secrets.SecretInAFile(dirname={dirname!r})],
    "schedulers": [schedulers.ForceScheduler("force", ["builder"])],
    "protocols": {{"null": {{}}}},
}}
"""
SENTENCE = "the worker's twistd.log would show secrets in commands and their environment"
REASON = "RemoteCommand._start takes (self, priority), not (self)"


class AcceptedTests(RealMasterTestCase):
    """Each patch that does not fit, accepted: the master starts, and looks secrets up."""

    protocol = "null"

    async def assert_starts(self, patch: Patch) -> None:
        directory = self.secrets_directory({"token": "a-secret-value"})
        provider = secrets.SecretInAFile(dirname=str(directory))
        expectation = patch.expects[0]
        with unpatched(), replaced(expectation.target, broken(expectation)):
            names = ",".join(gap.patch.name for gap in gaps_in(TABLE))
            install({ACCEPT_VARIABLE: names})
            config = self.configuration(util.BuildFactory(), secretsProviders=[provider])
            master = await self.start_master(config, worker=False)
            self.assertTrue(master.master.running)
            properties = Properties()
            properties.master = master.master
            value = await properties.render(util.Secret("token"))
            self.assertEqual(value, "a-secret-value")
            await master.stop()


def _test_of(patch: Patch) -> Callable[[AcceptedTests], Coroutine[Any, Any, None]]:
    async def test(self: AcceptedTests) -> None:
        await self.assert_starts(patch)

    return test


for _patch in TABLE:
    setattr(AcceptedTests, f"test_{_patch.name.replace('-', '_')}", _test_of(_patch))


class ProcessTests(RealMasterTestCase):
    """Buildbot's own commands, with a configuration that runs on another Buildbot."""

    async def master(self) -> MasterProcess:
        directory = self.secrets_directory({"token": "a-secret-value"})
        master = MasterProcess(self, self.directory() / "master")
        await master.create(CONFIGURATION.format(dirname=str(directory)))
        return master

    async def check(self, master: MasterProcess, **environment: str) -> str:
        """Return what ``buildbot checkconfig`` prints; it raises a `RuntimeError` if it fails."""
        variables = [f"{name}={value}" for name, value in environment.items()]
        argv = [command_path("buildbot"), "checkconfig", str(Path("master.cfg"))]
        return await run(["/usr/bin/env", *variables, *argv], master.basedir)

    async def test_it_refuses(self) -> None:
        master = await self.master()
        with self.assertRaises(RuntimeError) as caught:
            await self.check(master)
        await master.start(r"BuildMaster startup failed|Halting master")
        for text in (str(caught.exception), master.log):
            self.assertIn(SENTENCE, text)
            self.assertIn(REASON, text)
            self.assertIn(f"set {ACCEPT_VARIABLE}=worker-log", text)
        self.assertNotIn("BuildMaster is running", master.log)

    async def test_it_starts_if_that_is_accepted(self) -> None:
        master = await self.master()
        self.assertIn("good", await self.check(master, **{ACCEPT_VARIABLE: "worker-log"}))
        master.environment[ACCEPT_VARIABLE] = "worker-log"
        await master.start()
        self.assertIn(f"accepted by {ACCEPT_VARIABLE}: {SENTENCE}", master.log)
