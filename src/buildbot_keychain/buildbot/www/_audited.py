"""`audited`: what the audit trail has of a secret, where a database keeps it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from typing import Any

from twisted.internet.defer import TimeoutError as DeferredTimeout

from buildbot_keychain.audit import AuditTable, AuditToDatabase
from buildbot_keychain.buildbot.www._spellings import Spellings
from buildbot_keychain.errors import KeychainError
from buildbot_keychain.web.host_audit import Audited

MOST = 50
"""Events."""

_READ = 4 * MOST
"""Events that are read, of which some may be of other secrets that are called similarly."""

_SILENT = "The database of the audit trail does not answer now."

Read = Callable[[str, Callable[[AuditTable], Any]], Awaitable[Any]]
"""Calls something with the table of a URL in a thread, within a deadline."""


async def audited(
    sinks: Sequence[Any], spellings: Spellings, read: Read
) -> tuple[tuple[Audited, ...] | None, str]:
    """Return the last events of a secret, and why they are not there.

    ``None`` where no database has them.

    :param sinks: those of the audit trail.
    """
    url = database_of(sinks)
    if url is None:
        return None, ""
    try:
        events = await read(url, lambda table: table.latest(spellings.usual, _READ))
    except (KeychainError, DeferredTimeout):
        return None, _SILENT
    found: list[Audited] = []
    for event in events:
        if len(found) < MOST and await spellings.include(str(event.get("secret", ""))):
            found.append(Audited.of(event))
    return tuple(found), ""


def database_of(sinks: Sequence[Any]) -> str | None:
    """Return the URL of the database that has the audit trail, if one has."""
    return next((each.url for each in sinks if isinstance(each, AuditToDatabase)), None)
