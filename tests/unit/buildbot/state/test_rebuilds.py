from __future__ import annotations

from twisted.trial.unittest import SynchronousTestCase

from buildbot_keychain.buildbot.state import is_rebuild


class RebuildTests(SynchronousTestCase):
    def test_either_mark_is_enough(self) -> None:
        """What repeats a request without a build has the reason alone."""
        for buildset, expected in (
            ({"reason": "rebuild", "rebuilt_buildid": 3}, True),
            ({"reason": "rebuild", "rebuilt_buildid": None}, True),
            ({"reason": "once more", "rebuilt_buildid": 0}, True),
            ({"reason": "nightly", "rebuilt_buildid": None}, False),
            ({}, False),
        ):
            self.assertIs(is_rebuild(buildset), expected, buildset)
