"""What tests of the audit trail have in common: records, and a sink whose behaviour they choose."""

from __future__ import annotations

import json
import threading
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from zope.interface import implementer

from buildbot_keychain.audit import AuditToFile, Event, Hidden, Record
from buildbot_keychain.audit.form import Form
from buildbot_keychain.audit.verification import Verified, verify
from buildbot_keychain.interfaces import IAuditSink
from buildbot_keychain.redaction import Redactor

FORM = Form(Redactor())


def record(event: Event, time: float = 0.0) -> Record:
    return Record(time, event, FORM, "m1")


def hidden(*names: str) -> list[Record]:
    return [record(Hidden(name, "log")) for name in names]


def file_sink(path: Path, **arguments: Any) -> AuditToFile:
    sink = AuditToFile(path, **arguments)
    sink.use_recorder(record)
    return sink


def events_in(*paths: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for path in paths for line in path.read_bytes().splitlines()]


def secrets_in(*paths: Path) -> list[str]:
    """Return the secrets that events in files are about."""
    return [event["secret"] for event in events_in(*paths) if "secret" in event]


def actions_in(*paths: Path) -> list[str]:
    """Return what happened to the trail itself."""
    return [event["action"] for event in events_in(*paths) if event["event"] == "trail"]


def problems(path: Path) -> list[str]:
    return list(verify(str(path)))


def verified(path: Path) -> Verified:
    result = Verified()
    found = list(verify(str(path), result))
    assert not found, found
    return result


@implementer(IAuditSink)
class HeldSink:
    """Keeps what it is passed; it hangs while `held` is set, and fails while it has an `error`."""

    def __init__(self, name: str = "held") -> None:
        self.name = name
        self.records: list[Record] = []
        self.batches: list[int] = []
        self.error: Exception | None = None
        self.refused = ""
        """Text of records that it never takes."""
        self.closed = 0
        self.attempts = 0
        self._free = threading.Event()
        self._free.set()

    def check(self) -> None:
        pass

    def hold(self) -> None:
        self._free.clear()

    def release(self) -> None:
        self._free.set()

    def write(self, records: Sequence[Record]) -> None:
        self._free.wait(60)
        self.attempts += 1
        if self.error is not None:
            raise self.error
        if self.refused and any(self.refused in record.text for record in records):
            raise ValueError(self.refused)
        self.records += records
        self.batches.append(len(records))

    def close(self) -> None:
        self.closed += 1
