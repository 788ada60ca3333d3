"""``policy suggest``: rules from what is recorded in a database, with a ``master.cfg``."""

from __future__ import annotations

from importlib.util import find_spec

from twisted.trial.unittest import SkipTest

from buildbot_keychain.details import Requester, SourceStamp
from buildbot_keychain.policy import parse_rules
from buildbot_keychain.uses import DENIED, WOULD_BE_DENIED, Use
from tests.support.keychain_command import Ended, SecretFilesTestCase, run, run_here
from tests.support.recorded_uses import write

CONFIG = """
from buildbot.config.builder import BuilderConfig
from buildbot_keychain.plugins import secrets, util
c = BuildmasterConfig = {}
c["builders"] = [
    BuilderConfig(name, workernames=["w"], factory=util.BuildFactory())
    for name in ("release-1", "release-2", "debug")
]
c["secretsProviders"] = [
    secrets.SecretManager(providers=[secrets.SecretInAFile("secrets", name="files")])
]
"""

STAMP = SourceStamp(repository="https://git.example.org/app", branch="main")


def build(builder: str, *, outside: bool = False) -> Requester:
    return Requester("build", builder=builder, source_stamps=(STAMP,), outside=outside)


USES = [
    (Use("deploy/key", build("release-1")), 40),
    (Use("files!deploy/link", build("release-2"), WOULD_BE_DENIED, "why"), 2),
    (Use("deploy/key", build("debug"), DENIED, "why"), 7),
    (Use("deploy/key", build("debug", outside=True)), 3),
    (Use("gone!x", build("debug")), 1),
    (Use("form!token", build("debug")), 1),
]

TOML = """\
# used 42 times
[[allow]]
secrets = ["files!deploy/key"]
builders = ["release-*"]
repositories = ["https://git.example.org/app"]
branches = ["main"]
"""


class SuggestTests(SecretFilesTestCase):
    def setUp(self) -> None:
        if find_spec("buildbot") is None:
            raise SkipTest("Buildbot is not installed")
        super().setUp()
        (self.directory / "secrets").mkdir(mode=0o700)
        (self.directory / "secrets" / "deploy").mkdir(mode=0o700)
        self.secret("secrets/deploy/key", "canary-W7/x+9pQ")
        (self.directory / "secrets" / "deploy" / "link").symlink_to("key")
        (self.directory / "master.cfg").write_text(CONFIG)

    def suggest(self, *arguments: str) -> Ended:
        return run("policy", "suggest", "--config", self.directory / "master.cfg", *arguments)

    def test_what_was_used(self) -> None:
        write(self.directory / "state.sqlite", USES)
        ended = self.suggest()
        self.assertEqual((ended.status, ended.err), (0, ""))
        self.assertIn(TOML.replace("files!", ""), ended.out)
        self.assertEqual(len(parse_rules(ended.out, "policy.toml")), 2)
        for line in (
            'secrets = ["form!token"]',
            "# used 3 times",
            "# outside = true",
            "#   'gone!x': no provider can have it",
        ):
            self.assertIn(line, ended.out.splitlines())
        ended = self.suggest("--python")
        self.assertIn("    secrets.Allow(\n        secrets=['deploy/key'],\n", ended.out)

    def test_nothing_is_recorded(self) -> None:
        write(self.directory / "state.sqlite", USES)
        ended = self.suggest("--since", "1999-12-31T23:59")
        self.assertMessage(ended, 4, "it is not recorded that anybody was given a secret")
        ended = run_here("policy", "suggest", "--since", "yesterday")
        self.assertMessage(ended, 2, "--since must be a date")
