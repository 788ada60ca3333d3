"""`AuditReading`: reads the database of the audit trail for pages, in threads of its own.

The database stays open between two pages, which takes most of the time of a small one.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any, TypeVar

from twisted.internet.defer import Deferred

from buildbot_keychain.audit import AuditTable
from buildbot_keychain.workpool import WorkPool

T = TypeVar("T")

AT_ONCE = 2
"""Threads, of which each may hang as long as the database does; others wait."""


class AuditReading:
    """Reads until it is stopped.

    :param reactor: as that of a `WorkPool`.
    """

    def __init__(self, reactor: Any) -> None:
        self._pool = WorkPool(reactor, AT_ONCE, "keychain-audit-page")
        self._lock = threading.Lock()
        self._url: str | None = ""
        """The database that stays open; ``None`` when it is stopped."""
        self._idle: list[AuditTable] = []
        """Its tables that nobody reads."""

    def read(self, url: str, deadline: float, work: Callable[[AuditTable], T]) -> Deferred[T]:
        """Return what `work` returns of the table that is there, called in a thread.

        :param deadline: seconds from now, including the wait for a thread.
        :raise twisted.internet.defer.TimeoutError: after the deadline.
        """
        return self._pool.run(deadline, lambda: self._read(url, work))

    def stop(self) -> None:
        """Close what nobody reads; what somebody does is closed after that."""
        self._pool.stop()
        self._keep(None)

    def _read(self, url: str, work: Callable[[AuditTable], T]) -> T:
        table = self._taken(url)
        try:
            found = work(table)
        except BaseException:
            table.close()
            raise
        self._give_back(url, table)
        return found

    def _taken(self, url: str) -> AuditTable:
        self._keep(url)
        with self._lock:
            if self._url == url and self._idle:
                return self._idle.pop()
        return AuditTable(url)

    def _give_back(self, url: str, table: AuditTable) -> None:
        with self._lock:
            if self._url == url:
                self._idle.append(table)
                return
        table.close()

    def _keep(self, url: str | None) -> None:
        """Close the tables of what the configuration does not name any more."""
        with self._lock:
            if self._url in {None, url}:
                return
            others, self._idle, self._url = self._idle, [], url
        for table in others:
            table.close()
