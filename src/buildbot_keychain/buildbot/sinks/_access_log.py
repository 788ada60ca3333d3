"""``http.log``: the address of a request may hold a secret that a web hook was called with.

A token of ours belongs into a header; whoever sends one in the address is refused, and the log has
only its id.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from buildbot_keychain import bearer_tokens
from buildbot_keychain.buildbot.sinks._process_log import every_master
from buildbot_keychain.redaction.structures import redact_or_withhold


class RedactingLogFormatter:
    """Redacts the lines that another formatter makes of requests.

    :param formatter: Twisted's `IAccessLogFormatter`.
    """

    def __init__(self, formatter: Callable[[str, Any], str]) -> None:
        self._formatter = formatter

    def __call__(self, timestamp: str, request: Any) -> str:
        line = self._formatter(timestamp, request)
        redacted = redact_or_withhold(every_master, line)
        if redacted != line:
            every_master.report("http.log", line)
        return bearer_tokens.without_secrets(redacted)
