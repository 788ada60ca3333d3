"""Secrets in the properties of a builder, which are rendered before the first step of a build."""

from __future__ import annotations

from typing import Any

from buildbot.config.builder import BuilderConfig
from buildbot.plugins import steps
from buildbot.process.properties import Property
from buildbot.secrets.providers.base import SecretProviderBase

from buildbot_keychain.plugins import secrets, util
from tests.support.finished_build import FinishedBuild
from tests.support.real_master import BUILDER_NAME, WORKER_NAME, RealMasterTestCase

VALUE = "s3cr3t-of-a-builder"


class _Provider(SecretProviderBase):
    name = "inhouse"

    def get(self, entry: str) -> Any:
        return VALUE if entry == "token" else None


class BuilderPropertyTests(RealMasterTestCase):
    protocol = "null"

    async def build(self, provider: Any, secret: str, *commands: Any) -> FinishedBuild:
        """Run a build of these commands, in a builder with a property that is a secret."""
        builder = BuilderConfig(
            name=BUILDER_NAME,
            workernames=[WORKER_NAME],
            factory=util.BuildFactory([steps.ShellCommand(command=each) for each in commands]),
            properties={"token": util.Secret(secret), "other": "x"},
        )
        config = {"builders": [builder], "secretsProviders": [provider]}
        master = await self.start_master(config)
        self.first_update = master.event(("builds", None, "properties", "update"))
        build = await master.build()
        self.flushLoggedErrors()
        return build

    async def test_the_value_is_used_and_not_stored(self) -> None:
        """Whichever provider it is, and also when nothing of ours was used before."""
        for provider in (_Provider(), secrets.SecretManager(providers=[_Provider()])):
            build = await self.build(provider, "token", ["test", Property("token"), "=", VALUE])
            self.assertEqual(build.result, "success", build.outline())
            self.assertEqual(build.properties["token"], "<token>")
            # From the first update on.
            self.assertEqual((await self.first_update)["token"][0], "<token>")

    async def test_a_missing_secret_fails_the_step_that_needs_it(self) -> None:
        build = await self.build(_Provider(), "nope", ["true"], ["echo", Property("token")])
        self.assertEqual([step.result for step in build.steps[1:]], ["success", "failure"])
        self.assertIn("secret 'nope': no provider holds it", build.state)
        self.assertIn("secret 'nope': no provider holds it", build.properties["token"])
        self.assertEqual(build.properties["other"], "x")
