"""`AuditInMemory`: an `IAudit` of events that a test gives it."""

from __future__ import annotations

from collections.abc import Sequence

from twisted.internet.defer import Deferred, succeed
from zope.interface import implementer

from buildbot_keychain.audit import Event
from buildbot_keychain.audit.paging import EventPage, page_of
from buildbot_keychain.audit.reading import Wanted
from buildbot_keychain.web import IAudit
from tests.support.audit_records import record


@implementer(IAudit)
class AuditInMemory:
    """Has events in the order in which they happened.

    :ivar is_kept: whether there is a database.
    """

    def __init__(self) -> None:
        self.is_kept = True
        self.rows: list[tuple[int, str, str]] = []

    def add(self, event: Event, at: float = 0.0) -> None:
        written = record(event, at)
        self.rows.insert(0, (len(self.rows) + 1, str(written.document["time"]), written.text))

    def older(
        self, before: int, limit: int, _names: Sequence[str] = (), _builder: str = ""
    ) -> list[tuple[int, str, str]]:
        return [row for row in self.rows if not before or row[0] < before][:limit]

    def page(self, wanted: Wanted, before: int, limit: int) -> Deferred[EventPage | None]:
        return succeed(page_of(self, wanted, before, limit) if self.is_kept else None)
