from __future__ import annotations

import io
import json
from pathlib import Path

from twisted.trial.unittest import SynchronousTestCase

from buildbot_keychain.inspection._child import Told
from buildbot_keychain.inspection.doctor._work import work


class WorkTests(SynchronousTestCase):
    def test_an_installation_whose_configuration_fails_is_examined(self) -> None:
        basedir = Path(self.mktemp()).resolve()
        basedir.mkdir(mode=0o700)
        (basedir / "master.cfg").write_text("raise ValueError")
        stream = io.StringIO()
        found = work(str(basedir), Told(stream), 60, offline=True)
        self.flushLoggedErrors(ValueError)
        self.assertEqual(found.file, str(basedir))
        self.assertIn("configuration", {each.kind for each in found.findings})
        stages = [json.loads(line)["stage"] for line in stream.getvalue().splitlines()]
        self.assertEqual(stages, ["executing the configuration", "examining the installation"])
