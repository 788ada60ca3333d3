from __future__ import annotations

import json

from twisted.trial.unittest import SynchronousTestCase

from buildbot_keychain.inspection.doctor import Examination, found


class ExaminationTests(SynchronousTestCase):
    def test_it_is_sent_as_json(self) -> None:
        finding = found("swap", "a sentence", "/dev/sda1", remedy="a remedy")
        sent = Examination("/srv/master", (finding,), secrets=("store!a",), logs=("twistd.log",))
        *findings, rest = map(json.loads, sent.to_lines())
        document = {**rest, "findings": [each["value"] for each in findings]}
        self.assertEqual(Examination.from_document(document), sent)
