from __future__ import annotations

from twisted.trial.unittest import SynchronousTestCase

from buildbot_keychain.inspection import names_read, note_read


class NowTests(SynchronousTestCase):
    def test_what_a_configuration_has_read(self) -> None:
        note_read("read-at-once")
        note_read("read-at-once")
        self.assertIn("read-at-once", names_read())
        self.assertNotIn("not-read", names_read())
