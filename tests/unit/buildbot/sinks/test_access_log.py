from __future__ import annotations

from typing import Any

from twisted.trial.unittest import SynchronousTestCase

from buildbot_keychain.bearer_tokens import new_token
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

    def test_of_a_token_in_the_address_its_id_is_left(self) -> None:
        redact_process_logs(Redactor())
        token, number, _ = new_token()
        log = RedactingLogFormatter(lambda timestamp, request: f"{timestamp} GET {request}")
        line = log("now", f"/plugins/keychain/api/v1/secrets?token={token}&x=1")
        self.assertEqual(
            line, f"now GET /plugins/keychain/api/v1/secrets?token=bbk_{number}_...&x=1"
        )
