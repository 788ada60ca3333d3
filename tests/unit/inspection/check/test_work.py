"""What runs in the process is tested as a whole, in `tests.integration.test_check`."""

from __future__ import annotations

from pathlib import Path

from twisted.trial.unittest import SynchronousTestCase

from buildbot_keychain.inspection.check import run_check

CONFIGURATION = """
from buildbot.plugins import secrets, steps, util, worker
c = BuildmasterConfig = {{}}
c["secretsProviders"] = [secrets.SecretInAFile(dirname={directory!r})]
f = util.BuildFactory([steps.ShellCommand(command=["x", util.Secret("a"), util.Secret("b")])])
c["builders"] = [util.BuilderConfig(name="b", workernames=["w"], factory=f)]
c["workers"] = [worker.Worker("w", "password")]
c["protocols"] = {{"pb": {{"port": 1}}}}
"""

NOTHING = """
from buildbot.plugins import schedulers, steps, util, worker
c = BuildmasterConfig = {}
f = util.BuildFactory([steps.ShellCommand(command=["true"])])
c["builders"] = [util.BuilderConfig(name="b", workernames=["w"], factory=f)]
c["schedulers"] = [schedulers.ForceScheduler(name="force", builderNames=["b"])]
c["workers"] = [worker.LocalWorker("w")]
c["protocols"] = {"null": {}}
"""

RANDOM = "kT9mPq2vLxR4wZ"


class WorkTests(SynchronousTestCase):
    def setUp(self) -> None:
        self.directory = Path(self.mktemp()).resolve()
        self.directory.mkdir(mode=0o700)
        (self.directory / "a").write_text("canary")
        (self.directory / "a").chmod(0o600)
        self.file = self.directory / "master.cfg"
        self.file.write_text(CONFIGURATION.format(directory=str(self.directory)))
        self.file.chmod(0o600)

    def test_buildbots_own_providers_and_renderables(self) -> None:
        report = run_check(str(self.file), 60, lambda *_: None, offline=False)
        states = {secret.name: secret.state for secret in report.secrets}
        self.assertEqual(states, {"a": "found", "b": "missing"})
        found = [(each.level, each.kind) for each in report.findings]
        self.assertIn(("problem", "missing"), found)
        self.assertIn(("note", "unprotected"), found)

    def test_without_providers_it_is_said_once_what_to_do(self) -> None:
        lines = self.file.read_text().splitlines(keepends=True)
        without = [line for line in lines if "secretsProviders" not in line]
        without.append('f.addStep(steps.ShellCommand(command="x", timeout=util.Secret("c")))\n')
        without.append(f'password = "{RANDOM}"\n')
        self.file.write_text("".join(without))
        for offline in (False, True):
            report = run_check(str(self.file), 60, lambda *_: None, offline=offline)
            self.assertEqual({secret.state for secret in report.secrets}, {"missing"})
            found = {each.kind: each for each in report.findings}
            kinds = {"configuration", "missing", "plain text", "unprotected", "unrendered"}
            self.assertEqual(set(found), kinds)
            self.assertEqual(len(report.findings), len(kinds))
            self.assertEqual((found["missing"].level, len(found["missing"].places)), ("problem", 2))
            self.assertIn('set c["secretsProviders"]', found["missing"].sentence)

    def test_where_there_are_no_secrets_there_is_nothing_to_say(self) -> None:
        self.file.write_text(NOTHING)
        report = run_check(str(self.file), 60, lambda *_: None, offline=False)
        self.assertEqual((report.findings, report.secrets), ((), ()))

    def test_offline_nobody_is_asked(self) -> None:
        report = run_check(str(self.file), 60, lambda *_: None, offline=True)
        self.assertEqual({secret.state for secret in report.secrets}, {"not asked"})
        self.assertEqual((report.builders, report.named), (1, 2))
