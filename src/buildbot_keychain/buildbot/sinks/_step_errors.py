"""A step whose secret cannot be looked up reports the reason in one sentence.

Otherwise Buildbot logs it with the tracebacks of all renderings around it.
"""

from __future__ import annotations

from typing import Any

from twisted.python.failure import Failure

from buildbot_keychain.buildbot.sinks._renderings import root_error
from buildbot_keychain.errors import KeychainError


class _OneSentence(Failure):
    """A failure whose traceback is the message of its error."""

    def getTraceback(self, *_: Any, **__: Any) -> str:
        """Return the message."""
        return f"{self.value}\n"


def secret_failure(failure: Failure) -> Failure | None:
    """Return the failure to report in place of `failure`; ``None`` if it is not about secrets."""
    error = root_error(failure)
    return _OneSentence(error) if isinstance(error, KeychainError) else None
