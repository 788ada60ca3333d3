"""What a real master tells of secrets that were hidden in the logs of its steps."""

from __future__ import annotations

from typing import Any

from twisted.logger import ILogObserver, eventAsText, globalLogPublisher
from zope.interface import implementer

from buildbot_keychain.buildbot import MasterKeychain
from buildbot_keychain.buildbot.sinks import HiddenSecret
from buildbot_keychain.plugins import secrets, steps, util
from tests.support.real_master import RealMasterTestCase

VALUE = "s3cr3t-t0ken-of-the-test"
LINE = "h1 secret was hidden in this log: token\n"


class WhoPrintsSecretsTests(RealMasterTestCase):
    protocol = "null"

    def manager(self, **more: Any) -> Any:
        provider = secrets.SecretInAFile(dirname=self.dirname)
        return secrets.SecretManager(providers=[provider], **more)

    async def test_a_step_that_prints_one(self) -> None:
        """It is told with its place, until that is switched off."""
        self.dirname = str(self.secrets_directory({"token": VALUE}))
        factory = util.BuildFactory()
        script = "echo one; echo two; echo $X; echo $X >&2"
        factory.addStep(
            steps.ShellCommand(
                command=["sh", "-c", script],
                env={"X": util.Secret("token")},
                logEnviron=False,
                name="print",
            )
        )
        factory.addStep(steps.ShellCommand(command=["echo", "nothing"]))
        config = self.configuration(factory, secretsProviders=[self.manager()])
        master = await self.start_master(config)
        told: list[HiddenSecret] = []
        MasterKeychain.of(master.master).on_hidden(told.append)
        logged: list[str] = []

        @implementer(ILogObserver)
        def log(event: Any) -> None:
            logged.append(str(eventAsText(event)))

        globalLogPublisher.addObserver(log)
        self.addCleanup(globalLogPublisher.removeObserver, log)

        build = await master.build()
        stdio = build.step("print").logs["stdio"]
        self.assertTrue(stdio.endswith(LINE))
        self.assertNotIn("hidden", build.steps[-1].logs["stdio"])
        (hidden,) = told
        self.assertEqual(
            (hidden.secret, hidden.builder, hidden.step, hidden.sink, hidden.count),
            ("token", "builder", "print", "log", 2),
        )
        self.assertEqual((hidden.build, hidden.log), (build.buildid, "stdio"))
        assert hidden.line is not None
        self.assertIn("<token>", stdio.splitlines()[hidden.line - 1])
        self.assertNotIn("<token>", "".join(stdio.splitlines()[: hidden.line - 1]))
        await master.build()
        self.assertEqual(len([text for text in logged if "'token' was hidden" in text]), 1)

        config = self.configuration(factory, secretsProviders=[self.manager(report_hidden=False)])
        await master.reconfigure(config)
        build = await master.build()
        self.assertNotIn("was hidden", build.step("print").logs["stdio"])
        self.assertEqual(len(told), 2)
