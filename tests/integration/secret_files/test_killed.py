"""``withSecrets`` and Git steps when a process is killed.

Masters and workers are as their own commands make them.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from twisted.internet.defer import Deferred

from tests.support.ports import free_port
from tests.support.real_master import RealMasterTestCase
from tests.support.real_processes import BuildbotProcess, MasterProcess, WorkerProcess

CONFIGURATION = """
import os

from buildbot.plugins import schedulers, steps, worker
from buildbot_keychain.plugins import secrets, util

factory = util.BuildFactory()
look = "ls -A build ../.*.buildbot/* | grep -v : >> {seen}; echo done >> {seen}"
factory.addStep(steps.ShellCommand(command=look, workdir="."))
with factory.withSecrets([("sub/netrc", util.Secret("token"))]):
    factory.addStep(steps.Git(
        repourl="ssh://git@git.example.org/app", workdir="app", sshPrivateKey=util.Secret("token"),
        env={{"PATH": "{bin}:" + os.environ["PATH"]}}, flunkOnFailure=False, haltOnFailure=False,
    ))

c = BuildmasterConfig = {{
    "builders": [{{"name": "builder", "workernames": ["worker"], "factory": factory}}],
    "buildbotNetUsageData": None,
    "protocols": {{"pb": {{"port": "tcp:{port}:interface=127.0.0.1"}}}},
    "schedulers": [schedulers.Periodic("once", ["builder"], periodicBuildTimer=100000)],
    "secretsProviders": [secrets.SecretInAFile(dirname="{secrets}")],
    "workers": [worker.Worker("worker", "password", missing_timeout=0)],
}}
"""


# Stands for ssh.
SSH = """#!/bin/sh
test $(wc -l < {seen}) -gt 1 || read line < {fifo}
"""


class KilledTests(RealMasterTestCase):
    """A Git step holds while its key and a secret file are there; something is killed (-9).

    Buildbot tries the build again. Its first step lists what is in the working directory then; the
    second time it does not hold.
    """

    timeout = 300

    async def start(self) -> None:
        """Start a master and a worker, and wait until the file is there."""
        directory = self.directory()
        self.followed: list[Any] = []
        self.seen, fifo = directory / "seen", directory / "fifo"
        os.mkfifo(fifo)
        ssh = directory / "ssh"
        ssh.write_text(SSH.format(seen=self.seen, fifo=fifo))
        ssh.chmod(0o700)
        # Whoever waits for the pipe is released at the end of the test.
        self.addCleanup(release, fifo)
        port = free_port()
        # Runs after the processes were stopped.
        self.addCleanup(lambda: Deferred.fromCoroutine(self.logs_let_go()))
        master = MasterProcess(self, self.directory() / "master")
        await master.create(
            CONFIGURATION.format(
                seen=self.seen,
                bin=directory,
                port=port,
                secrets=self.secrets_directory({"token": "s3cr3t"}),
            )
        )
        worker = WorkerProcess(self, self.directory() / "worker")
        await worker.create(port, "worker", "password")
        await master.start()
        await worker.start()
        self.master, self.worker = master, worker
        self.follow(master, worker)
        self.netrc = worker.basedir / "builder" / "build" / "sub" / "netrc"
        self.key = worker.basedir / ".builder.app.buildbot" / "ssh-key"
        await worker.wait_for(r"ssh://git@")
        self.assert_there()

    def assert_there(self) -> None:
        """Both files are there."""
        self.assertEqual(self.netrc.read_text(), "s3cr3t")
        self.assertEqual(self.key.read_text(), "s3cr3t\n")

    def follow(self, *processes: BuildbotProcess) -> None:
        """Remember what follows the logs of processes that have just started."""
        self.followed += [process._tail for process in processes]

    async def logs_let_go(self) -> None:
        """Wait for whatever followed the logs."""
        for process in self.followed:
            await process.ended

    async def assert_swept(self) -> None:
        """The build that was tried again has found nothing, and left nothing."""
        await self.master.wait_for(r"<Build builder number:\d+ results:success>: build finished")
        self.assertEqual(self.seen.read_text(), "done\ndone\n")
        self.assertFalse(self.netrc.parent.exists())
        self.assertFalse(self.key.parent.exists())

    async def test_worker(self) -> None:
        """The worker is killed, and started again."""
        await self.start()

        lost = self.master.wait_for(r"Worker.detached\(worker\)")
        await self.worker.kill()
        await lost
        self.assert_there()
        await self.worker.start()
        self.follow(self.worker)

        await self.assert_swept()

    async def test_master(self) -> None:
        """The master is killed, and started again; the worker comes back to it by itself."""
        await self.start()

        await self.master.kill()
        self.assert_there()
        await self.master.start()
        self.follow(self.master)

        await self.assert_swept()


def release(fifo: Path) -> None:
    """Release processes that wait to read from the pipe."""
    os.close(os.open(fifo, os.O_RDWR | os.O_NONBLOCK))
