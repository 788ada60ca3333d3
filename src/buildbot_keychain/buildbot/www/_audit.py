"""`BuildbotAudit`: how the pages read the audit trail of a master."""

from __future__ import annotations

from typing import Any

from twisted.internet.defer import TimeoutError as DeferredTimeout
from zope.interface import implementer

from buildbot_keychain.audit import AuditTable
from buildbot_keychain.audit.paging import EventPage, page_of
from buildbot_keychain.audit.reading import Wanted
from buildbot_keychain.buildbot._attached import keychain_of
from buildbot_keychain.buildbot.www._audited import database_of
from buildbot_keychain.buildbot.www._reading import AuditReading
from buildbot_keychain.deferreds import returns_deferred
from buildbot_keychain.errors import StoreUnavailable
from buildbot_keychain.web import IAudit

_DEADLINE = 10.0
"""Seconds that the database may take."""


@implementer(IAudit)
class BuildbotAudit:
    """The audit trail of one master, in the first database of its sinks.

    :param master: Buildbot's ``BuildMaster``.
    :param reading: reads that database.
    """

    def __init__(self, master: Any, reading: AuditReading) -> None:
        self._master = master
        self._reading = reading

    @returns_deferred
    async def page(self, wanted: Wanted, before: int, limit: int) -> EventPage | None:
        """Return some of the events that are wanted, the newest first."""
        providers = keychain_of(self._master).providers
        url = database_of(providers.settings.audit.sinks)
        if url is None:
            return None
        names = [each.name for each in providers.configuration.providers]

        def work(table: AuditTable) -> EventPage:
            return page_of(table, wanted, before, limit, names)

        try:
            found: EventPage = await self._reading.read(url, _DEADLINE, work)
        except DeferredTimeout:
            raise StoreUnavailable("the database of the audit trail does not answer") from None
        return found
