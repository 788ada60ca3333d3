"""What a real master tells of secrets that were hidden in the logs of its steps."""

from __future__ import annotations

import logging
from typing import Any, ClassVar

from buildbot.process.buildstep import BuildStep
from buildbot.process.results import SUCCESS
from twisted.internet import reactor
from twisted.internet.task import deferLater
from twisted.logger import ILogObserver, Logger, eventAsText, globalLogPublisher
from zope.interface import implementer

from buildbot_keychain.buildbot import MasterKeychain
from buildbot_keychain.buildbot.sinks import HiddenSecret
from buildbot_keychain.plugins import secrets, steps, util
from tests.support.real_master import RealMasterTestCase

VALUE = "s3cr3t-t0ken-of-the-test"
OTHER = "n0body-was-given-Zq8ZkV2mXw4LrT9sYb"
"""A secret that no build looks up."""
LINE = "h1 secret was hidden in this log: token\n"


class Talkative(BuildStep):
    """Shows a secret wherever a step can."""

    renderables: ClassVar[list[str]] = ["value"]

    def __init__(self, value: Any, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.value = value

    async def run(self) -> int:
        value, updates = self.value, self.master.data.updates
        buildid, builderid = self.build.buildid, await self.build.getBuilderId()
        await self.addURL(f"link {value}", "http://localhost/")
        await (await self.addLog(f"log {value}")).finish()
        self.setProperty("shown", value)
        await updates.setBuildData(buildid, "data", value.encode(), "test")
        results = await updates.addTestResultSet(builderid, buildid, self.stepid, value, "c", "s")
        await updates.addTestResults(builderid, results, [{"value": "1", "test_name": value}])
        await updates.setBuildStateString(buildid, f"building {value}")
        Logger().info("logged {value}", value=value)
        logging.getLogger("test").warning("logged %s", value)
        self.descriptionDone = f"done {value}"
        return SUCCESS


class Failing(Talkative):
    """Fails with an exception that shows a secret."""

    async def run(self) -> int:
        raise ValueError(self.value)


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
        logged = self.logged()

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
        (all_of_it,) = MasterKeychain.of(master.master).hidden_secrets
        self.assertEqual((all_of_it.count, all_of_it.build), (4, told[0].build))

    async def test_a_step_that_shows_one_everywhere(self) -> None:
        self.dirname = str(self.secrets_directory({"token": VALUE, "other": OTHER}))
        factory = util.BuildFactory()
        factory.addStep(Talkative(util.Secret("token"), name="talk"))
        factory.addStep(Failing(util.Secret("token"), name="fail"))
        config = self.configuration(factory, secretsProviders=[self.manager()])
        master = await self.start_master(config)
        keychain = MasterKeychain.of(master.master)
        await keychain.get("other")
        logged = self.logged()

        build = await master.build()
        self.flushLoggedErrors(ValueError)
        await master.master.data.updates.addChange(
            author="somebody", comments=f"by {OTHER}", files=[]
        )
        # What logs have hidden is told in the next turn of the reactor.
        await deferLater(reactor, 0)

        counted = {
            (each.builder, each.step, each.sink): each
            for each in keychain.hidden_secrets
            if each.secret == "token"
        }
        of_the_step = {
            *("step link", "log name", "property", "build data", "test results", "build state"),
            *("step state", "twistd.log", "logging record"),
        }
        # Buildbot 4.0 makes no state of the build out of what its steps say.
        self.assertEqual(
            set(counted) - {("builder", None, "build state")},
            {
                *(("builder", "talk", sink) for sink in of_the_step),
                ("builder", "fail", "log"),
                ("builder", "fail", "twistd.log"),
            },
        )
        for each in counted.values():
            self.assertEqual((each.build, each.number), (build.buildid, 1))
        self.assertEqual(counted["builder", "fail", "log"].log, "err.text")
        self.assertEqual(counted["builder", "talk", "property"].count, 1)
        (other,) = (each for each in keychain.hidden_secrets if each.secret == "other")
        self.assertEqual((other.builder, other.sink, other.count), (None, "change", 1))

        lines = [text for text in logged if "was hidden" in text]
        self.assertEqual(len(lines), len(counted) + 1)
        for text in logged:
            self.assertNotIn(VALUE, text)

    def logged(self) -> list[str]:
        """Return a list of what is written into ``twistd.log`` from now on."""
        logged: list[str] = []

        @implementer(ILogObserver)
        def log(event: Any) -> None:
            logged.append(str(eventAsText(event)))

        globalLogPublisher.addObserver(log)
        self.addCleanup(globalLogPublisher.removeObserver, log)
        return logged
