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

    def test_offline_nobody_is_asked(self) -> None:
        report = run_check(str(self.file), 60, lambda *_: None, offline=True)
        self.assertEqual({secret.state for secret in report.secrets}, {"not asked"})
        self.assertEqual((report.builders, report.named), (1, 2))
