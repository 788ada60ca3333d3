"""The small experiments, with Buildbots in which they fail."""

from __future__ import annotations

import re
from typing import Any

from twisted.internet.defer import succeed
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

    def test_every_way_into_a_log(self) -> None:
        """Lines of workers bypass the methods that find line ends."""
        for name in (
            "add_stdout_lines",
            "add_stderr_lines",
            "add_header_lines",
            "addStdout",
            "addStderr",
            "addHeader",
        ):
            target = Target(f"buildbot.process.log:StreamLog.{name}")
            with replaced(target, lambda _self, _text: succeed(None)):
                self.assertFalse(_probes.stream_log_appends_prefixed_lines(), name)

    def test_plain_logs(self) -> None:
        self.assertTrue(_probes.plain_logs_append_lines())
        for name in ("TextLog", "HtmlLog"):
            target = Target(f"buildbot.process.log:{name}.addContent")
            with replaced(target, lambda _self, _text: succeed(None)):
                self.assertFalse(_probes.plain_logs_append_lines(), name)

    def test_the_limit_that_workers_are_sent(self) -> None:
        def other(connection: Any) -> Any:
            return connection.protocol.get_message_result({"args": {"max_line_length": 80}})

        self.assertTrue(_probes.workers_are_told_to_cut_at_4096())
        with replaced(_probes.WORKER_SETTINGS, other):
            self.assertFalse(_probes.workers_are_told_to_cut_at_4096())

    def test_output_is_cleaned(self) -> None:
        self.assertTrue(_probes.output_is_cleaned_by_its_module())

        def elsewhere(command: Any, _key: str, value: str, *, is_flushed: bool) -> None:
            del is_flushed
            command.step.build.properties.cleanupTextFromSecrets(value)

        for other in (elsewhere, lambda *_, **__: None):
            with replaced(_probes.REMOTE_UPDATE, other):
                self.assertFalse(_probes.output_is_cleaned_by_its_module())

    def test_configurations_are_assigned(self) -> None:
        self.assertTrue(_probes.a_reconfiguration_is_assigned())
        self.assertTrue(_probes.the_first_configuration_is_assigned())
        for target, probe in (
            (_probes.RECONFIGURE, _probes.a_reconfiguration_is_assigned),
            (_probes.START, _probes.the_first_configuration_is_assigned),
        ):
            with replaced(target, lambda master: master.use("config")):
                self.assertFalse(probe())

    def test_line_ends(self) -> None:
        self.assertTrue(_probes.line_ends_are_found_by_the_pattern())
        with replaced(_probes.LINE_BOUNDARY_FINDER, lambda _self, text: text):
            self.assertFalse(_probes.line_ends_are_found_by_the_pattern())
