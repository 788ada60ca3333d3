"""The process that it begins is tested in `tests.unit.inspection.test_process`."""

from __future__ import annotations

from pathlib import Path

from twisted.trial.unittest import SynchronousTestCase

from buildbot_keychain.errors import ConfigurationError
from buildbot_keychain.inspection.check import run_check


class RunTests(SynchronousTestCase):
    def test_there_is_none(self) -> None:
        with self.assertRaisesRegex(ConfigurationError, "does not exist"):
            run_check(str(Path(self.mktemp())), 5, lambda *_: None, offline=True)
