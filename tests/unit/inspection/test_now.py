from __future__ import annotations

from twisted.trial.unittest import SynchronousTestCase

from buildbot_keychain.inspection import keep_values, names_read, note_read
from buildbot_keychain.inspection._now import without_values
from buildbot_keychain.redaction import Redactor


class NowTests(SynchronousTestCase):
    def test_what_a_configuration_has_read(self) -> None:
        note_read("read-at-once")
        note_read("read-at-once")
        self.assertIn("read-at-once", names_read())
        self.assertNotIn("not-read", names_read())

    def test_values_are_not_quoted(self) -> None:
        def add_to(redactor: Redactor) -> None:
            redactor.add("read-at-once", "canary-W7/x+9pQ")

        keep_values(add_to)
        self.assertEqual(without_values("x canary-W7/x+9pQ y"), "x <read-at-once> y")
