"""Builds through an outage of a real server: none is red that a retry can save."""

from __future__ import annotations

from typing import Any

from buildbot.config.builder import BuilderConfig
from buildbot.plugins import steps
from twisted.internet.defer import Deferred, gatherResults
from twisted.internet.threads import deferToThread

from buildbot_keychain.buildbot import MasterKeychain
from buildbot_keychain.buildbot.outages import _retries, _waiting
from buildbot_keychain.plugins import secrets, util
from tests.support.openbao import engines
from tests.support.openbao.server import OpenBao
from tests.support.real_master import WORKER_NAME, RealMasterTestCase

VALUE = "s3cr3t-through-the-outage"
BUILDERS = ("a", "b", "c")
BUILDS = 2
"""Builds of each builder."""


class OutageTests(RealMasterTestCase):
    """A master, a worker over PB, and a server that is killed and started again."""

    def setUp(self) -> None:
        super().setUp()
        self.server = OpenBao(durable=True)
        self.addCleanup(self.server.stop)
        self.server.start()
        engines.enable_kv(self.server.root)
        engines.write_kv(self.server.root, "ci/db", value=VALUE)

    def config(self, outage: float) -> dict[str, Any]:
        vault = secrets.SecretInVault(
            self.server.address,
            authenticator=secrets.VaultAuthenticatorToken(self.server.root.token),
            name="vault",
            timeout=1,
        )
        command = ["test", util.Secret("ci/db"), "=", VALUE]
        factory = util.BuildFactory([steps.ShellCommand(command=command)])
        builders = [
            BuilderConfig(name=name, workernames=[WORKER_NAME], factory=factory)
            for name in BUILDERS
        ]
        manager = secrets.SecretManager(providers=[vault], outage=outage)
        return {
            "builders": builders,
            "secretsProviders": [manager],
            "collapseRequests": False,
        }

    async def test_a_step_waits_for_the_server(self) -> None:
        master = await self.start_master(self.config(60))
        self.server.kill()
        said = master.event(
            ("steps", None, "updated"),
            lambda it: it["state_string"].startswith("waiting for vault"),
        )
        building = Deferred.fromCoroutine(master.build("a"))
        await said
        await deferToThread(self.server.start)
        build = await building
        self.assertEqual(build.result, "success", build.outline())
        self.assertEqual(len(await master.builds_of(1)), 1)

    async def test_builds_are_retried_until_it_is_there_again(self) -> None:
        self.patch(_waiting, "PAUSES", (0.1,))
        self.patch(_retries, "FIRST_PAUSE", 1.0)
        master = await self.start_master(self.config(0))
        self.server.kill()
        retried: set[int] = set()

        def all_have(build: dict[str, Any]) -> bool:
            retried.add(build["builderid"])
            return len(retried) == len(BUILDERS)

        all_retried = master.event(("builds", None, "finished"), all_have)
        building = gatherResults(
            [Deferred.fromCoroutine(master.build(name)) for name in BUILDERS for _ in range(BUILDS)]
        )
        await all_retried
        await deferToThread(self.server.start)
        for build in await building:
            self.assertEqual(build.result, "success", build.outline())
        results = [build["results"] for build in await master.master.data.get(("builds",))]
        self.assertEqual(set(results), {0, 5}, "SUCCESS and RETRY")
        worker = master.master.workers.workers[WORKER_NAME]
        self.assertIsNone(worker.quarantine_timer)
        self.assertEqual(MasterKeychain.of(master.master).retries._pauses, {})
