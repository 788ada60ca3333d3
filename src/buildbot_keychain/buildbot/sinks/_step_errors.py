"""A step whose secret cannot be looked up reports the reason in one sentence.

Otherwise Buildbot logs it with the tracebacks of all renderings around it.
"""

from __future__ import annotations

from twisted.python.failure import Failure

from buildbot_keychain.buildbot.sinks._renderings import root_error
from buildbot_keychain.errors import KeychainError


def secret_error(failure: Failure) -> KeychainError | None:
    """Return the error about a secret that made a step fail; ``None`` if it is not about one."""
    error = root_error(failure)
    return error if isinstance(error, KeychainError) else None
