"""The process as a whole is tested in `test_process`."""

from __future__ import annotations

import io
import json

from twisted.trial.unittest import SynchronousTestCase

from buildbot_keychain.inspection._child import Told


class ToldTests(SynchronousTestCase):
    def test_a_line_for_each_step_of_the_way(self) -> None:
        stream = io.StringIO()
        told = Told(stream)
        told.stage("asking", 3)
        told.progress(1, 2, "asking")
        told.failed("it is away")
        found = [json.loads(line) for line in stream.getvalue().splitlines()]
        expected = [
            {"stage": "asking", "seconds": 3},
            {"progress": [1, 2, "asking"]},
            {"failed": "it is away"},
        ]
        self.assertEqual(found, expected)
