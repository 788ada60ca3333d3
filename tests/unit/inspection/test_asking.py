"""What runs a reactor is tested in a process of its own, by a provider that does not answer."""

from __future__ import annotations

from pathlib import Path

from twisted.trial.unittest import SynchronousTestCase

from buildbot_keychain.inspection.check import run_check

CONFIGURATION = """
from buildbot.secrets.providers.base import SecretProviderBase
from twisted.internet.defer import Deferred

class Endless(SecretProviderBase):
    name = "endless"

    def startService(self):
        return Deferred()

c = BuildmasterConfig = {"secretsProviders": [Endless()]}
"""


class AskingTests(SynchronousTestCase):
    def test_a_provider_that_does_not_start(self) -> None:
        file = Path(self.mktemp()).resolve() / "master.cfg"
        file.parent.mkdir(mode=0o700)
        file.write_text(CONFIGURATION)
        report = run_check(str(file), 5, lambda *_: None, offline=False)
        found = [each.sentence for each in report.findings if each.level == "unchecked"]
        sentence = "the provider 'endless' does not start within 5 seconds"
        self.assertEqual(found, [f"the providers cannot be asked: {sentence}"])
