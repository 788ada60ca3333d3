"""`without_traceback`: failed lookups as the process logs them, in one sentence each.

Buildbot logs why a step, a report, a poll or its own start failed with a traceback, which shows the
way through Buildbot to the lookup. The sentence says which secret, what is wrong, and what to do.
"""

from __future__ import annotations

from typing import Any, cast

from twisted.python.failure import Failure
from twisted.python.log import textFromEventDict

from buildbot_keychain.buildbot.sinks._renderings import secret_error
from buildbot_keychain.errors import message_of

_NEW, _OLD = "log_failure", "failure"


def without_traceback(event: dict[str, Any]) -> dict[str, Any]:
    """Return `event` itself, or a copy whose failure, of a lookup, is written as its message."""
    brief = {name: _brief(event[name]) for name in (_NEW, _OLD) if name in event}
    if not brief or None in brief.values():
        return event
    result = {**event, **brief}
    if _OLD in brief and "log_text" in event:  # Twisted has made it of the traceback
        result["log_text"] = textFromEventDict(result)
    return result


class _BriefFailure(Failure):
    """A failure that is written as a sentence; all else of it is as it was."""

    _sentence: str

    def getTraceback(self, *args: Any, **kwargs: Any) -> str:
        return f"{self._sentence}\n"


def _brief(failure: object) -> Failure | None:
    error = secret_error(failure) if isinstance(failure, Failure) else None
    if error is None:
        return None
    # Twisted's older failures cannot be copied otherwise: they are exceptions themselves.
    result: Any = _BriefFailure.__new__(_BriefFailure)
    vars(result).update(vars(failure), _sentence=message_of(error))
    return cast("Failure", result)
