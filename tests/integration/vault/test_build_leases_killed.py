"""A master that is killed in the middle of a build revokes what that had when it starts again."""

from __future__ import annotations

import os

from twisted.internet.defer import Deferred

from tests.support.ports import free_port
from tests.support.real_master import RealMasterTestCase
from tests.support.real_processes import MasterProcess, WorkerProcess
from tests.support.vault.engines_case import EnginesTestCase

CONFIGURATION = """
from buildbot.plugins import schedulers, steps, worker
from buildbot_keychain.plugins import secrets, util

factory = util.BuildFactory([steps.ShellCommand(
    command="echo began >> {seen}; test $(wc -l < {seen}) -gt 1 || read line < {fifo}",
    env={{"PGUSER": util.Secret("vault!database/creds/ro|username"),
          "PGPASSWORD": util.Secret("vault!database/creds/ro|password")}},
    logEnviron=False,
)])
c = BuildmasterConfig = {{
    "builders": [{{"name": "builder", "workernames": ["worker"], "factory": factory}}],
    "buildbotNetUsageData": None,
    "protocols": {{"pb": {{"port": "tcp:{port}:interface=127.0.0.1"}}}},
    "schedulers": [schedulers.Periodic("once", ["builder"], periodicBuildTimer=100000)],
    "secretsProviders": [secrets.SecretManager(providers=[
        secrets.SecretInAFile(dirname="{secrets}"),
        secrets.SecretInVault(
            "{address}",
            secrets.VaultAuthenticatorApprole("{role_id}", util.Secret("file!secret_id")),
            mounts=["database"],
        ),
    ])],
    "workers": [worker.Worker("worker", "password", missing_timeout=0)],
}}
"""


class KilledTests(EnginesTestCase, RealMasterTestCase):
    """Masters and workers as their own commands make them."""

    async def test_kill_of_master_and_worker(self) -> None:
        told, port = self.directory(), free_port()
        seen, fifo = told / "seen", told / "fifo"
        os.mkfifo(fifo)
        self.addCleanup(lambda: os.close(os.open(fifo, os.O_RDWR | os.O_NONBLOCK)))
        master = MasterProcess(self, self.directory() / "master")
        worker = WorkerProcess(self, self.directory() / "worker")
        # Runs after the processes were told to end.
        self.addCleanup(lambda: Deferred.fromCoroutine(self.logs_let_go()))
        self.followed: list[Deferred[int | None]] = []
        await master.create(
            CONFIGURATION.format(
                seen=seen,
                fifo=fifo,
                port=port,
                secrets=self.secrets_directory({"secret_id": self.engines.secret_id}),
                address=self.engines.server.address,
                role_id=self.engines.role_id,
            )
        )
        await worker.create(port, "worker", "password")
        await self.start(master)
        await self.start(worker)
        await worker.wait_for(r"read line <")
        (lease,), (user,) = self.engines.made(), self.engines.users()

        await master.kill()
        await worker.kill()
        self.assertEqual((self.engines.made(), self.engines.users()), ([lease], {user}))
        await self.start(master)
        await self.until_revoked()
        await master.wait_for(r"revoking what build/1 had")

        # Buildbot tries the build again: it is given anew, and that is revoked as well.
        await self.start(worker)
        await master.wait_for(r"<Build builder number:\d+ results:success>: build finished")
        await self.until_revoked()
        self.assertEqual(seen.read_text(), "began\nbegan\n")

    async def start(self, process: MasterProcess | WorkerProcess) -> None:
        """Start a process, and remember what follows its log."""
        await process.start()
        assert process._tail is not None
        self.followed.append(process._tail.ended)

    async def logs_let_go(self) -> None:
        """Wait for whatever followed the logs."""
        for ended in self.followed:
            await ended
