"""``explain``: the policy of a ``master.cfg`` that is not running."""

from __future__ import annotations

from importlib.util import find_spec

from twisted.trial.unittest import SkipTest

from tests.support.keychain_command import Ended, SecretFilesTestCase, run

CONFIG = """
from buildbot.config.builder import BuilderConfig
from buildbot_keychain.plugins import secrets, util
c = BuildmasterConfig = {}
c["builders"] = [
    BuilderConfig("release-1", workernames=["w"], factory=util.BuildFactory(), tags=["deploy"])
]
c["secretsProviders"] = [
    secrets.SecretManager(
        providers=[secrets.SecretInAFile("secrets", name="files")],
        policy=[
            secrets.Allow("token", tags=["deploy"], repositories=["r"], branches=["main"]),
            secrets.Allow("hook", services=["hook/*"]),
            secrets.Deny("*", outside=True),
        ],
    )
]
"""

BUILD = ("--builder", "release-1", "--repository", "r")


class ExplainTests(SecretFilesTestCase):
    def setUp(self) -> None:
        if find_spec("buildbot") is None:
            raise SkipTest("Buildbot is not installed")
        super().setUp()
        (self.directory / "secrets").mkdir(mode=0o700)
        self.secret("secrets/token", "canary-W7/x+9pQ")
        (self.directory / "secrets" / "link").symlink_to("token")
        (self.directory / "master.cfg").write_text(CONFIG)

    def explain(self, *arguments: str, config: str = "master.cfg") -> Ended:
        return run("explain", *arguments, "--config", self.directory / config)

    def test_what_is_given(self) -> None:
        ended = self.explain("link", *BUILD, "--branch", "main")
        self.assertEqual((ended.status, ended.err), (0, ""))
        first, second, third, *_ = ended.out.splitlines()
        self.assertEqual(first, "the builder 'release-1' is given 'link'")
        self.assertEqual(second, "  files!token: allowed")
        self.assertIn(f"applies: {self.directory / 'master.cfg'}:12: Allow('token', ", third)

    def test_what_is_denied(self) -> None:
        ended = self.explain("token", *BUILD, "--branch", "wip", "--outside")
        self.assertEqual((ended.status, ended.err), (1, ""))
        for line in (
            "the builder 'release-1' is denied 'token'",
            "  files!token: denied",
            f"    applies: {self.directory / 'master.cfg'}:14: Deny('*', outside=True)",
            "      branches: the branch is 'wip', and must be 'main'",
        ):
            self.assertIn(line, ended.out.splitlines())

    def test_who_else_asks(self) -> None:
        ended = self.explain("hook", "--service", "hook/github")
        self.assertEqual(ended.status, 0)
        ended = self.explain("hook", "--builder", "debug")
        self.assertMessage(ended, 4, "has no builder of that name")

    def test_a_wrong_command_line(self) -> None:
        for arguments in (("--service", "s", "--provider", "p"), ("--outside", "--no-change")):
            self.assertMessage(self.explain("x", *arguments), 2, "exclude each other")

    def test_a_configuration_without_a_policy(self) -> None:
        (self.directory / "empty.cfg").write_text("c = BuildmasterConfig = {}")
        ended = self.explain("x", config="empty.cfg")
        self.assertMessage(ended, 4, "has no policy: every builder is given every secret")
