"""`AuditToObserver`: hands events to an ``ILogObserver`` of Twisted, whatever that does."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from twisted.logger import LogLevel
from zope.interface import implementer

from buildbot_keychain.audit.record import Record
from buildbot_keychain.interfaces import IAuditSink

NAMESPACE = "buildbot_keychain.audit"
"""The namespace of the events, for filters."""


@implementer(IAuditSink)
class AuditToObserver:
    """Calls an observer with each event, in the thread of this sink.

    The text of the event is its JSON, and ``audit`` in it the same as a mapping.

    :param observer: an ``ILogObserver``.
    """

    def __init__(self, observer: Callable[[dict[str, Any]], object]) -> None:
        self.observer = observer
        self.name = f"the observer {type(observer).__name__}"

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, AuditToObserver):
            return NotImplemented
        return self.observer == other.observer

    def __hash__(self) -> int:
        return hash(self.observer)

    def check(self) -> None:
        """Do nothing: the observer is there."""

    def write(self, records: Sequence[Record]) -> None:
        """Call the observer with each of the records."""
        for record in records:
            self.observer(
                {
                    "log_format": "{audit_text}",
                    "log_level": LogLevel.info,
                    "log_namespace": NAMESPACE,
                    "log_system": NAMESPACE,
                    "log_time": record.time,
                    "time": record.time,
                    "isError": 0,
                    "audit": record.document,
                    "audit_text": record.text,
                }
            )

    def close(self) -> None:
        """Do nothing: the observer is somebody else's."""
