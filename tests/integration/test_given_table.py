"""What builds were given, and after a restart."""

from __future__ import annotations

from typing import Any

from buildbot.config.builder import BuilderConfig
from buildbot.plugins import steps
from buildbot.process.buildstep import BuildStep
from buildbot.process.results import SUCCESS
from twisted.internet.defer import Deferred

from buildbot_keychain.buildbot import MasterKeychain
from buildbot_keychain.buildbot.state import GivenTable
from buildbot_keychain.buildbot.www._builds import BuildbotBuilds
from buildbot_keychain.plugins import secrets, util
from tests.support.real_master import WORKER_NAME, RealMasterTestCase


class MasterTests(RealMasterTestCase):
    protocol = "null"

    async def test_a_build_and_a_restart(self) -> None:
        directory = self.secrets_directory({"token": "a-secret-value", "other": "another-value"})
        command = ["echo", util.Secret("token"), util.Interpolate("%(secret:other)s")]
        config = self.configuration(
            util.BuildFactory([steps.ShellCommand(command=command)]),
            secretsProviders=[secrets.SecretInAFile(dirname=str(directory))],
        )
        master = await self.start_master(config)
        given = MasterKeychain.of(master.master).given
        stored: list[Any] = []
        table = GivenTable(master.master)

        def finished(key: Any, _message: Any) -> None:
            stored.append((key, Deferred.fromCoroutine(table.names_of(int(key[1])))))

        await master.master.mq.startConsuming(finished, ("builds", None, "finished"))
        build = await master.build()
        self.assertEqual(build.result, "success", build.outline())
        ((key, names),) = stored
        self.assertEqual(set(await names), {"token", "other"})
        buildid = int(key[1])
        self.assertEqual(await given.names_of(buildid), {"token", "other"})
        await master.stop()

        again = await self.start_master(config, basedir=master.basedir)
        given = MasterKeychain.of(again.master).given
        self.assertEqual(given.of_buildid(buildid), set())
        self.assertEqual(await given.names_of(buildid), {"token", "other"})
        self.assertEqual(await given.names_of(buildid + 1), set())
        record: Any = await BuildbotBuilds(again.master).record(("builder", 1))
        self.assertEqual({each.name for each in record.given}, {"token", "other"})
        places = {(each.name, each.log) for each in record.hidden if each.line is not None}
        self.assertEqual(places, {("token", "stdio"), ("other", "stdio")})

    async def test_a_step_that_asks_a_provider_itself(self) -> None:
        """It counts as given what it gets: a weak value is hidden in its build, and only there."""
        directory = self.secrets_directory({"pin": "hunter27"})
        printing = steps.ShellCommand(command=["echo", "it is hunter27"])
        asking = BuilderConfig(
            name="asking",
            workernames=[WORKER_NAME],
            factory=util.BuildFactory([_AsksItself(), printing]),
        )
        config = self.configuration(
            util.BuildFactory([printing]),
            secretsProviders=[secrets.SecretInAFile(dirname=str(directory))],
        )
        config["builders"].append(asking)
        master = await self.start_master(config)
        build = await master.build("asking")
        self.assertEqual(build.result, "success", build.outline())
        self.assertIn("oit is <SecretInAFile!pin>\n", build.steps[-2].logs["answer"])
        self.assertIn("\noit is <SecretInAFile!pin>\n", build.steps[-1].logs["stdio"])
        recorded = await GivenTable(master.master).names_of(build.buildid)
        self.assertEqual(recorded, ["SecretInAFile!pin"])
        other = await master.build()
        self.assertIn("oit is hunter27\n", other.steps[-1].logs["stdio"])


class _AsksItself(BuildStep):
    """Asks the provider, without the keychain."""

    async def run(self) -> int:
        (provider,) = self.master.namedServices["secrets"].namedServices.values()
        value = await provider.get("pin")
        log = await self.addLog("answer")
        await log.addStdout(f"it is {value}\n")
        await log.finish()
        return SUCCESS
