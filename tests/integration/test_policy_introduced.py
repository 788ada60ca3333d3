"""A policy is introduced on a real master that runs: recorded, suggested, reported, enforced."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from buildbot.config.builder import BuilderConfig
from buildbot.plugins import schedulers, steps
from twisted.internet.threads import deferToThread

from buildbot_keychain.plugins import secrets, util
from tests.support.keychain_command import Ended, run
from tests.support.policies import reasons_logged
from tests.support.real_master import WORKER_NAME, RealMasterTestCase

VALUE = "tr0ub4dor&3-of-the-release"

CONFIG = """
from buildbot.config.builder import BuilderConfig
from buildbot_keychain.plugins import secrets, util
c = BuildmasterConfig = {{}}
c["builders"] = [
    BuilderConfig(name, workernames=["worker"], factory=util.BuildFactory())
    for name in {builders!r}
]
provider = secrets.SecretInAFile(name="files", dirname={secrets!r})
c["secretsProviders"] = [secrets.SecretManager(providers=[provider], **{policy!r})]
"""

SECRETS = {"deploy": ("release-1", "release-2"), "lint": ("debug",)}

USED = {builder: secret for secret, builders in SECRETS.items() for builder in builders}


class IntroductionTests(RealMasterTestCase):
    timeout = 600.0  # seconds

    def setUp(self) -> None:
        super().setUp()
        self.basedir = self.directory()
        self.policy = self.basedir / "policy.toml"
        self.secrets = str(self.secrets_directory(dict.fromkeys(SECRETS, VALUE)))
        self.lines = reasons_logged(self)

    def config(self, used: dict[str, str], **policy: Any) -> dict[str, Any]:
        """Return a configuration, and write what the command needs of it."""
        arguments = {"builders": list(used), "secrets": self.secrets, "policy": policy}
        (self.basedir / "master.cfg").write_text(CONFIG.format(**arguments))
        provider = secrets.SecretInAFile(name="files", dirname=self.secrets)
        return {
            "builders": [
                BuilderConfig(
                    name=builder,
                    workernames=[WORKER_NAME],
                    factory=util.BuildFactory(
                        [steps.ShellCommand(command=["echo", util.Secret(secret)])] * 2
                    ),
                )
                for builder, secret in used.items()
            ],
            "schedulers": [schedulers.Triggerable("t", list(used))],
            "secretsProviders": [secrets.SecretManager(providers=[provider], **policy)],
        }

    def write_policy(self, text: str) -> None:
        self.policy.write_text(text)
        self.policy.chmod(0o600)

    async def command(self, *arguments: str | Path) -> Ended:
        config = ("--config", self.basedir / "master.cfg")
        ended: Ended = await deferToThread(run, *arguments, *config)
        return ended

    async def test_from_what_is_used_to_a_policy(self) -> None:
        master = await self.start_master(self.config(USED), basedir=self.basedir)

        async def build_all(expected: dict[str, str]) -> None:
            for builder, result in expected.items():
                found = await master.build(builder, scheduler="t")
                self.assertEqual(found.result, result, f"{builder}: {found.outline()}")

        await build_all(dict.fromkeys(USED, "success"))
        suggested = await self.command("policy", "suggest")
        self.assertEqual((suggested.status, suggested.err), (0, ""))
        self.assertIn('builders = ["release-*"]\nschedulers = ["t"]\n', suggested.out)

        # What is new since then would be denied, and is given.
        self.write_policy(suggested.out)
        used = {**USED, "nightly": "deploy"}
        policy = {"policy_file": str(self.policy)}
        await master.reconfigure(self.config(used, **policy, policy_mode="report"))
        await build_all(dict.fromkeys(used, "success"))
        (line,) = self.lines
        self.assertIn("would deny the secret 'deploy' to the builder 'nightly'", line)
        counted = master.master.buildbot_keychain.would_deny
        self.assertEqual(counted, {("deploy", "the builder 'nightly'"): 2})
        explained = await self.command("explain", "--build", "nightly/1")
        self.assertEqual((explained.status, explained.err), (0, ""))
        self.assertIn("  'deploy': given, and would be denied", explained.out.splitlines())
        self.assertIn("    the policy decides so now, too:", explained.out.splitlines())
        again = await self.command("policy", "suggest")
        self.assertIn('builders = ["nightly", "release-*"]\n', again.out)

        await master.reconfigure(self.config(used, **policy))
        await build_all({**dict.fromkeys(USED, "success"), "nightly": "failure"})
        explained = await self.command("explain", "--build", "nightly/2")
        self.assertEqual((explained.status, explained.err), (1, ""))
        self.assertIn("  'deploy': denied", explained.out.splitlines())
        self.assertIn(f"({self.policy}:", explained.out)
        self.write_policy(again.out)
        await master.reconfigure(self.config(used, **policy))
        await build_all(dict.fromkeys(used, "success"))
        self.assertNotIn(VALUE, "".join((explained.out, again.out, *self.lines)))
        self.flushLoggedErrors()
