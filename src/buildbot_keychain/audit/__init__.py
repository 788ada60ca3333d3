"""The audit trail: who had which secret, who was denied one, and what was hidden where.

Whatever happens is passed to an `AuditTrail` as an `Event`, with `AuditTrail.record`: there is one
in each manager, ``manager.audit``. It has the event written by each of its sinks (`IAuditSink`),
and tells observers of the process, such as metrics.
"""

from __future__ import annotations

from buildbot_keychain.audit._channel import MOST as MOST_WAITING
from buildbot_keychain.audit._channel import SinkState
from buildbot_keychain.audit._database import AuditTable, AuditToDatabase
from buildbot_keychain.audit._file import AuditToFile
from buildbot_keychain.audit._observer import AuditToObserver
from buildbot_keychain.audit._sinks import require_sinks
from buildbot_keychain.audit._syslog import AuditToSyslog
from buildbot_keychain.audit.events import (
    Administration,
    Approval,
    Decision,
    Event,
    Hidden,
    Lookup,
    Rotation,
    Trail,
    Typed,
    Use,
    Warned,
)
from buildbot_keychain.audit.given import Given
from buildbot_keychain.audit.record import Record
from buildbot_keychain.audit.trail import AuditTrail

__all__ = [
    "MOST_WAITING",
    "Administration",
    "Approval",
    "AuditTable",
    "AuditToDatabase",
    "AuditToFile",
    "AuditToObserver",
    "AuditToSyslog",
    "AuditTrail",
    "Decision",
    "Event",
    "Given",
    "Hidden",
    "Lookup",
    "Record",
    "Rotation",
    "SinkState",
    "Trail",
    "Typed",
    "Use",
    "Warned",
    "require_sinks",
]
