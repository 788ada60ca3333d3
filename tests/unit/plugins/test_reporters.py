from __future__ import annotations

from buildbot.plugins import reporters as buildbot_reporters
from twisted.trial.unittest import SynchronousTestCase

from buildbot_keychain.plugins import reporters


class ReportersTests(SynchronousTestCase):
    def test_what_is_buildbots_is_there_too(self) -> None:
        self.assertIs(reporters.MailNotifier, buildbot_reporters.MailNotifier)
        self.assertEqual(reporters.ApprovalGenerator().events, ("new",))
        self.assertFalse(hasattr(reporters, "NoSuchThing"))
