"""The process that it begins is tested in `tests.unit.inspection.test_process`."""

from __future__ import annotations

from pathlib import Path

from twisted.trial.unittest import SynchronousTestCase

from buildbot_keychain.errors import ConfigurationError
from buildbot_keychain.inspection.doctor import run_doctor

ENDLESS = """
import signal
while True:
    signal.pause()
"""

ENDS = """
import os
from buildbot.secrets.providers.base import SecretProviderBase

class Ends(SecretProviderBase):
    name = "ends"

    def startService(self):
        os._exit(1)

c = BuildmasterConfig = {"secretsProviders": [Ends()]}
"""


class RunTests(SynchronousTestCase):
    def test_there_is_none(self) -> None:
        with self.assertRaisesRegex(ConfigurationError, "does not exist"):
            run_doctor(str(Path(self.mktemp())), 5, lambda *_: None)

    def test_the_rest_is_examined_where_something_does_not_end(self) -> None:
        for configuration, seconds, code in (
            (ENDLESS, 1, "configuration"),
            (ENDS, 60, "provider"),
        ):
            basedir = Path(self.mktemp()).resolve()
            basedir.mkdir(mode=0o700)
            (basedir / "master.cfg").write_text(configuration)
            (basedir / "master.cfg~").touch(0o600)
            found = run_doctor(str(basedir), seconds, lambda *_: None).findings
            unchecked = {each.kind for each in found if each.level == "unchecked"}
            self.assertEqual(unchecked - {"unread"}, {code})
            self.assertIn("backup-copy", [each.kind for each in found])
