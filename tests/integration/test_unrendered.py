"""Renderables where Buildbot does not render are refused by a real master and by checkconfig."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from buildbot.process.buildstep import BuildStep
from buildbot.process.remotecommand import RemoteShellCommand

from buildbot_keychain.plugins import secrets, steps, util
from tests.support.real_master import RealMasterTestCase
from tests.support.real_processes import MasterProcess, command_path, run

VALUE = "tr0ub4dor&3-and-more"

CONFIGURATION = """
from buildbot.plugins import reporters, schedulers, steps, worker
from buildbot.www.auth import UserPasswordAuth
from buildbot_keychain.plugins import secrets, util

c = BuildmasterConfig = {{"buildbotNetUsageData": None, "protocols": {{"null": {{}}}}}}
c["secretsProviders"] = [secrets.SecretInAFile(dirname={dirname!r}, name="files")]
c["workers"] = [worker.LocalWorker("w")]
{lines}
"""

WRONG = """
factory = util.BuildFactory([
    steps.SVN(repourl="svn://h", username=util.Secret("token")),
    steps.Git(repourl="g", config={"http.extraHeader": util.Interpolate("%(secret:token)s")}),
    steps.ShellCommand(command=util.Interpolate("%(secrte:token)s")),
])
c["builders"] = [util.BuilderConfig(name="b", workernames=["w"], factory=factory)]
c["services"] = [reporters.HttpStatusPush("https://h", headers={"A": util.Secret("token")})]
c["www"] = {"auth": UserPasswordAuth({"ann": util.Secret("token")})}
c["schedulers"] = [schedulers.ForceScheduler("force", ["b"], properties=[
    util.StringParameter("tok", default=util.Secret("token"), maxsize=9)])]
"""

NOW = """
print("read:", secrets.now("token"))
factory = util.BuildFactory([steps.SVN(repourl="svn://h", username=secrets.now("token"))])
c["builders"] = [util.BuilderConfig(name="b", workernames=["w"], factory=factory)]
c["www"] = {"auth": UserPasswordAuth({"ann": secrets.now("files!token")})}
c["schedulers"] = [schedulers.ForceScheduler("force", ["b"])]
"""


class _Raw(BuildStep):
    """A step of a master.cfg that hands its argument on as it is."""

    def __init__(self, argument: Any, **kwargs: Any) -> None:
        self.argument = argument
        super().__init__(**kwargs)

    async def run(self) -> Any:
        log = await self.addLog("stdio")
        command = RemoteShellCommand(".", ["echo", self.text()])
        command.useLog(log)
        await self.runCommand(command)
        return command.results()

    def text(self) -> Any:
        return self.argument


class _Formatted(_Raw):
    def text(self) -> Any:
        return f"Bearer {self.argument}"


class BuildTests(RealMasterTestCase):
    async def test_a_command_that_contains_a_renderable_is_not_sent(self) -> None:
        directory = self.secrets_directory({"token": VALUE, "limit": "30"})
        files = secrets.SecretInAFile(dirname=str(directory))
        number = util.Transform(int, util.Secret("limit"))
        factory = util.BuildFactory(
            [
                steps.ShellCommand(command=["true"], timeout=number, maxTime=number),
                _Raw(util.Secret("token"), haltOnFailure=False),
                _Formatted(util.Secret("token"), alwaysRun=True),
                steps.SetProperty(property="n", value=util.Secret("limit"), alwaysRun=True),
                steps.ShellCommand(command=["x"], timeout=util.Property("n"), alwaysRun=True),
            ]
        )
        config = self.configuration(factory, secretsProviders=[files])
        build = await (await self.start_master(config)).build()
        self.flushLoggedErrors()
        number, raw, formatted, _, text = build.steps[1:]
        self.assertEqual(number.result, "success")
        self.assertEqual(build.result, "failure")
        self.assertIn("timeout of the command 'shell' is a text, and must be a number", text.state)
        self.assertIn("secret 'token': Buildbot has not rendered it in 'command'", raw.state)
        self.assertIn("Secret('token') cannot become part of a text", formatted.state)
        for step in (raw, formatted):
            self.assertEqual(step.logs["stdio"], "")
            self.assertNotIn("err.html", step.logs)


class ProcessTests(RealMasterTestCase):
    """What ``buildbot checkconfig`` says."""

    async def check(self, lines: str) -> str:
        directory = self.secrets_directory({"token": VALUE})
        self.master = MasterProcess(self, self.directory() / "master")
        await self.master.create(CONFIGURATION.format(dirname=str(directory), lines=lines))
        argv = [command_path("buildbot"), "checkconfig", str(Path("master.cfg"))]
        return await run(argv, self.master.basedir)

    async def refused(self, lines: str) -> str:
        with self.assertRaises(RuntimeError) as caught:
            await self.check(lines)
        return str(caught.exception)

    async def test_all_mistakes_are_reported_at_once(self) -> None:
        message = await self.refused(WRONG)
        for expected in (
            "secret 'token': builder 'b': SVN: Buildbot never renders username=",
            "Interpolate('%(secret:token)s'): builder 'b': Git: Buildbot never renders config=",
            "'%(secrte:token)s'",
            "secret 'token': HttpStatusPush 'HttpStatusPush': Buildbot never renders headers=",
            "secret 'token': UserPasswordAuth: Buildbot never renders a user's password",
            "secret 'token': scheduler 'force': the parameter 'tok' is filled in by a browser",
        ):
            self.assertIn(expected, message)

    async def test_a_secret_in_an_f_string(self) -> None:
        message = await self.refused("header = f\"Bearer {util.Secret('token')}\"")
        self.assertIn("write Interpolate('... %(secret:token)s ...')", message)

    async def test_a_value_that_is_read_at_once(self) -> None:
        self.assertIn("good", await self.check(NOW))
        await self.master.start()
        self.assertIn("read: <token>", self.master.log)
        self.assertNotIn(VALUE, self.master.log)
