"""Names of secrets that a build has a say in: on a real master, with what others send."""

from __future__ import annotations

import warnings
from typing import Any

from buildbot.plugins import steps
from buildbot.process.properties import Property

from buildbot_keychain.errors import ConfigurationWarning
from buildbot_keychain.plugins import secrets, util
from tests.support.finished_build import FinishedBuild
from tests.support.real_master import RealMasterTestCase
from tests.support.real_processes import command_path, run

KEY = "s3cr3t-that-the-master-signs-with"

CONFIGURATION = """\
from buildbot_keychain.plugins import util
from buildbot.plugins import schedulers, steps, worker

TOKEN = util.Secret(util.Property("deploy_secret"))
c = BuildmasterConfig = {
    "workers": [worker.Worker("w", "p")],
    "protocols": {"pb": {"port": 0}},
    "schedulers": [schedulers.ForceScheduler("force", ["b"])],
    "buildbotNetUsageData": None,
    "builders": [
        util.BuilderConfig(
            name="b",
            workernames=["w"],
            factory=util.BuildFactory([steps.ShellCommand(command=["deploy", TOKEN])]),
        )
    ],
}
"""


class NameTests(RealMasterTestCase):
    async def build(self, token: Any, properties: dict[str, Any], *before: Any) -> FinishedBuild:
        """Run a build of the steps `before` and of one that prints the secret `token`."""
        providers = [
            secrets.SecretInAFile(
                name="files", dirname=str(self.secrets_directory({"deploy-eu": "value-for-eu"}))
            ),
            secrets.SecretInAFile(
                name="bybranch", dirname=str(self.secrets_directory({"signing": KEY}))
            ),
        ]
        observed = steps.SetPropertyFromCommand(command=["echo", token], property="seen", name="p")
        factory = util.BuildFactory([*before, observed])
        config = self.configuration(
            factory, secretsProviders=[secrets.SecretManager(providers=providers)]
        )
        master = await self.start_master(config)
        build = await master.build(properties=properties)
        await master.stop()
        self.flushLoggedErrors()
        return build

    async def check_refused(self, token: Any, properties: dict[str, Any], *before: Any) -> str:
        build = await self.build(token, properties, *before)
        self.assertNotIn("seen", build.properties)
        self.assertNotEqual(build.result, "success")
        return build.step("p").state

    async def test_a_property_does_not_lead_to_another_provider(self) -> None:
        token = util.Secret(util.Interpolate("deploy-%(prop:env)s"))
        build = await self.build(token, {"env": "eu"})
        self.assertEqual(build.properties["seen"], "<deploy-eu>")
        state = await self.check_refused(
            util.Interpolate("%(secret:%(prop:env)s-deploy)s"), {"env": "bybranch!signing"}
        )
        self.assertIn("contains '!'", state)

    async def test_a_worker_says_what_a_property_is(self) -> None:
        lie = steps.SetPropertyFromCommand(command=["echo", "../x/bybranch"], property="env")
        token = util.Secret(util.Interpolate("deploy/%(prop:env)s"))
        self.assertIn("contains '/'", await self.check_refused(token, {}, lie))

    async def test_a_property_is_not_any_secret(self) -> None:
        """Once recommended for properties that were withheld: it printed every key."""
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", ConfigurationWarning)
            token = util.Secret(Property("token"))
        state = await self.check_refused(token, {"token": "signing"})
        self.assertIn("comes from the build alone", state)

    async def test_a_property_is_one_of_the_allowed_secrets(self) -> None:
        limited = util.Secret(Property("token"), allowed="deploy-*")
        self.assertIn("not allowed", await self.check_refused(limited, {"token": "signing"}))
        build = await self.build(limited, {"token": "deploy-eu"})
        self.assertEqual(build.properties["seen"], "<deploy-eu>")

    async def test_checkconfig_warns(self) -> None:
        path = self.directory() / "master.cfg"
        path.write_text(CONFIGURATION)
        output = await run([command_path("buildbot"), "checkconfig", str(path)])
        self.assertIn("Config file is good", output)
        self.assertIn("master.cfg:4: ConfigurationWarning: Secret(", output)
        self.assertIn("allowed='deploy-*'", output)
