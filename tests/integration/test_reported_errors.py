"""Problems with secrets are reported where people look first: a step's log and state, the build."""

from __future__ import annotations

from typing import Any

from buildbot.config import ConfigErrors
from buildbot.plugins import schedulers, steps
from buildbot.plugins import util as buildbot_util
from buildbot.secrets.providers.base import SecretProviderBase
from twisted.logger import ILogObserver, formatEvent, globalLogPublisher
from zope.interface import implementer

from buildbot_keychain.plugins import secrets, util
from tests.support.real_master import BUILDER_NAME, RealMasterTestCase

NOT_FOUND = (
    "secret 'nope': no provider holds it; add it to one of them, "
    "or give a default with '%(secret:nope:-default)s'"
)


class _Provider(SecretProviderBase):
    name = "inhouse"

    def get(self, entry: str) -> Any:
        return 12345678 if entry == "number" else None


class ReportedErrorTests(RealMasterTestCase):
    protocol = "null"

    async def assert_reported(self, sentence: str, factory: Any, step: int = 1) -> None:
        provider = secrets.SecretManager(providers=[_Provider()])
        config = self.configuration(factory, secretsProviders=[provider])
        build = await (await self.start_master(config)).build()
        self.flushLoggedErrors()
        self.assertEqual(build.result, "failure")
        failed = build.steps[step]
        self.assertEqual(failed.logs["err.text"], f"{sentence}\n")
        self.assertNotIn("err.html", failed.logs)
        self.assertEqual(failed.state, f"{sentence} (failure)")
        self.assertIn(sentence, build.state)

    def log_lines(self) -> list[str]:
        """Return a list of what is logged from now on, as ``twistd.log`` has it."""
        seen: list[str] = []

        @implementer(ILogObserver)
        def observe(event: Any) -> None:
            seen.append(formatEvent(event))

        globalLogPublisher.addObserver(observe)
        self.addCleanup(globalLogPublisher.removeObserver, observe)
        return seen

    async def test_a_missing_secret_in_a_command(self) -> None:
        command = ["echo", ["nested", util.Interpolate("x %(secret:nope)s")]]
        await self.assert_reported(
            NOT_FOUND, util.BuildFactory([steps.ShellCommand(command=command, description="go")])
        )

    async def test_a_missing_secret_in_a_sequence(self) -> None:
        argument = buildbot_util.ShellArg(command=["echo", util.Secret("nope")], logname="l")
        await self.assert_reported(
            NOT_FOUND, util.BuildFactory([steps.ShellSequence(commands=[argument])])
        )

    async def test_a_missing_secret_in_a_file(self) -> None:
        factory = util.BuildFactory()
        factory.addSteps([], withSecrets=[("file", util.Secret("nope"))])
        await self.assert_reported(NOT_FOUND, factory)

    async def test_steps_that_have_a_summary_of_their_own(self) -> None:
        """What they say of their result would hide why there is none."""
        secret = util.Secret("nope")
        tried = [
            steps.Trigger(["other"], set_properties={"a": secret}, alwaysRun=True),
            steps.PyFlakes(command=["pyflakes", secret], alwaysRun=True),
            steps.Mock(root="r", alwaysRun=True, env={"A": secret}),
            steps.ShellCommand(command=["x"], descriptionSuffix=[secret], alwaysRun=True),
            steps.ShellCommand(command=["x"], descriptionSuffix=secret, alwaysRun=True),
        ]
        provider = secrets.SecretManager(providers=[_Provider()])
        config = self.configuration(util.BuildFactory(tried), secretsProviders=[provider])
        triggerable = schedulers.Triggerable("other", [BUILDER_NAME])
        config["schedulers"] = [*config.get("schedulers", []), triggerable]
        build = await (await self.start_master(config)).build()
        self.flushLoggedErrors()
        for step in build.steps[1:]:
            self.assertEqual(step.state, f"{NOT_FOUND} (failure)", step.name)
            self.assertEqual(step.logs["err.text"], f"{NOT_FOUND}\n")

    async def test_buildbots_own_classes_report_the_same(self) -> None:
        argument = [
            buildbot_util.Interpolate("x %(secret:nope)s"),
            [buildbot_util.Interpolate("%s", buildbot_util.Secret("nope"))],
        ]
        step = steps.ShellCommand(command=["echo", argument])
        await self.assert_reported(NOT_FOUND, util.BuildFactory([step]))

    async def test_a_name_that_may_have_been_meant(self) -> None:
        directory = self.secrets_directory({"deploy_token": "s3cr3t-t0ken-of-deploy"})
        files = secrets.SecretInAFile(dirname=str(directory), name="files")
        factory = util.BuildFactory(
            [
                steps.SetProperty(
                    property="a", value=util.Secret("depoly_token"), flunkOnFailure=False
                ),
                steps.SetProperty(
                    property="b", value=util.Secret("file:deploy_token"), alwaysRun=True
                ),
            ]
        )
        config = self.configuration(factory, secretsProviders=[files])
        seen = self.log_lines()
        build = await (await self.start_master(config)).build()
        self.flushLoggedErrors()
        self.assertNotIn("'deploy_token'", build.steps[1].state)
        self.assertIn("did you mean 'deploy_token'?", "\n".join(seen))
        self.assertIn("write 'file!deploy_token'", build.steps[2].logs["err.text"])

    async def test_an_empty_secret(self) -> None:
        directory = self.secrets_directory({"void": "\n", "allowed": "\n"})
        manager = secrets.SecretManager(
            providers=[secrets.SecretInAFile(dirname=str(directory), name="files")],
            allow_empty=["allowed"],
        )
        factory = util.BuildFactory(
            [
                steps.SetProperty(property="a", value=util.Interpolate("<%(secret:allowed)s>")),
                steps.SetProperty(property="b", value=util.Secret("void")),
            ]
        )
        config = self.configuration(factory, secretsProviders=[manager])
        build = await (await self.start_master(config)).build()
        self.flushLoggedErrors()
        self.assertEqual(build.properties["a"], "<>")
        self.assertNotEqual(build.result, "success")
        self.assertIn("secret 'void': provider 'files': its value is empty", build.steps[2].state)

    async def test_names_are_as_long_as_buildbot_can_store(self) -> None:
        with self.assertRaises(ConfigErrors) as raised:
            steps.ShellCommand(command="x", name=util.Interpolate("%(prop:x)s" + "y" * 60))
        self.assertIn("exceeds maximum length of 50", str(raised.exception))

    async def test_strangers_learn_no_paths_owners_and_modes(self) -> None:
        directory = self.secrets_directory({"open": "s3cr3t-that-is-open"})
        files = secrets.SecretInAFile(dirname=str(directory), name="files")
        step = steps.SetProperty(property="a", value=util.Secret("open"))
        config = self.configuration(util.BuildFactory([step]), secretsProviders=[files])
        master = await self.start_master(config)
        (directory / "open").chmod(0o644)
        seen = self.log_lines()
        build = await master.build()
        self.flushLoggedErrors()
        sentence = (
            "secret 'open': provider 'files': it denies access, or what it would have to read is "
            "not trusted; the master's twistd.log says more"
        )
        self.assertEqual(build.steps[1].logs["err.text"], f"{sentence}\n")
        self.assertEqual(build.steps[1].state, f"{sentence} (failure)")
        self.assertNotIn(str(directory), repr(build))
        self.assertIn(f"the file {directory}/open (mode 0644, owner", "\n".join(seen))

    async def test_an_answer_of_the_wrong_type(self) -> None:
        sentence = (
            "secret 'number': provider 'inhouse': its answer is of type int; "
            "it must be str, bytes or None"
        )
        step = steps.SetProperty(property="p", value=util.Secret("number"))
        await self.assert_reported(sentence, util.BuildFactory([step]))

    async def test_other_errors_are_reported_as_before(self) -> None:
        def fail(_: object) -> None:
            raise ValueError("not about secrets")

        step = steps.SetProperty(property="p", value="x", doStepIf=fail)
        config = self.configuration(util.BuildFactory([step]), secretsProviders=[_Provider()])
        build = await (await self.start_master(config)).build()
        self.flushLoggedErrors()
        self.assertIn("Traceback", build.steps[1].logs["err.text"])
        self.assertNotIn("secrets", build.steps[1].state)
