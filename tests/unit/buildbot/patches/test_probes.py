"""The small experiments, with Buildbots in which they fail."""

from __future__ import annotations

import re

from twisted.trial.unittest import SynchronousTestCase

from buildbot_keychain.buildbot.patches import _probes
from buildbot_keychain.buildbot.patches._expectations import Target
from tests.support.buildbot_patches import replaced, unpatched


class ProbeTests(SynchronousTestCase):
    def setUp(self) -> None:
        context = unpatched()
        context.__enter__()
        self.addCleanup(context.__exit__, None, None, None)

    def test_streams_of_logs(self) -> None:
        self.assertTrue(_probes.stream_log_appends_prefixed_lines())
        with replaced(Target("buildbot.process.log:StreamLog.pat"), re.compile("never")):
            self.assertFalse(_probes.stream_log_appends_prefixed_lines())

    def test_line_ends(self) -> None:
        self.assertTrue(_probes.line_ends_are_found_by_the_pattern())
        with replaced(_probes.LINE_BOUNDARY_FINDER, lambda _self, text: text):
            self.assertFalse(_probes.line_ends_are_found_by_the_pattern())
