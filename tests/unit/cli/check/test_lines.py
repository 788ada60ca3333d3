from __future__ import annotations

import json

from twisted.trial.unittest import SynchronousTestCase

from buildbot_keychain.cli.check._lines import lines_of
from tests.unit.inspection.check.test_report import REPORT


class LineTests(SynchronousTestCase):
    def test_an_object_for_each(self) -> None:
        found = [json.loads(line) for line in lines_of(REPORT)]
        kinds = ["secret", "secret", "finding", "finding", "summary"]
        self.assertEqual([each["type"] for each in found], kinds)
        self.assertEqual(found[1]["decisions"][0]["places"][0]["argument"], "sshPrivateKey")
        counts = {name: found[-1][name] for name in ("secrets", "problem", "unchecked", "note")}
        self.assertEqual(counts, {"secrets": 2, "problem": 1, "unchecked": 0, "note": 1})
