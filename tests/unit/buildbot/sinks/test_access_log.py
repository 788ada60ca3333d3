from __future__ import annotations

from typing import Any

from twisted.trial.unittest import SynchronousTestCase

from buildbot_keychain.buildbot.sinks import redact_process_logs
from buildbot_keychain.buildbot.sinks._access_log import RedactingLogFormatter
from buildbot_keychain.redaction import Redactor


class RedactingLogFormatterTests(SynchronousTestCase):
    def test_lines_are_redacted(self) -> None:
        redactor = Redactor()
        redactor.add("hook", "s3cr3t-of-a-hook")
        redact_process_logs(redactor)

        def formatter(timestamp: str, request: Any) -> str:
            return f'{timestamp} "POST {request}"'

        line = RedactingLogFormatter(formatter)("now", "/change_hook?key=s3cr3t-of-a-hook")
        self.assertEqual(line, 'now "POST /change_hook?key=<hook>"')
