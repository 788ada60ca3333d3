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

    def test_it_stands_for_several_events_until_it_is_written(self) -> None:
        record = Record(10.0, Hidden("pw", "log"), Form(Redactor()))
        self.assertTrue(record.repeat(10.0))
        self.assertTrue(record.repeat(11.0))
        self.assertFalse(record.repeat(11.1))
        self.assertEqual(record.document["times"], 3)
        self.assertFalse(record.repeat(10.0))
        closed = Record(10.0, Hidden("pw", "log"), Form(Redactor()))
        closed.close()
        self.assertFalse(closed.repeat(10.0))
        self.assertNotIn("times", Record(0.0, Hidden("pw", "log"), Form(Redactor())).document)
