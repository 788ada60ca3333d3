from __future__ import annotations

from twisted.trial.unittest import SynchronousTestCase

from buildbot_keychain.audit import Hidden, Record
from buildbot_keychain.audit.form import Form
from buildbot_keychain.redaction import Redactor


class RecordTests(SynchronousTestCase):
    def test_its_text_is_made_once(self) -> None:
        redactor = Redactor()
        record = Record(0.0, Hidden("tr0ub4dor", "log"), Form(redactor))
        text = record.text
        redactor.add("pw", "tr0ub4dor")
        self.assertIs(record.text, text)
        self.assertEqual(repr(record), text)
