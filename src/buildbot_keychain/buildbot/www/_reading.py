"""`AuditReading`: reads the database of the audit trail for pages, in threads of its own.

The database stays open between two pages, which takes most of the time of a small one.
"""

from __future__ import annotations

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
        self._open: dict[str, list[AuditTable]] = {}
        """Those that nobody reads, by their URLs."""
        self._is_stopped = False

    def read(self, url: str, deadline: float, work: Callable[[AuditTable], T]) -> Deferred[T]:
        """Return what `work` returns of the table that is there, called in a thread.

        :param deadline: seconds from now, including the wait for a thread.
        :raise twisted.internet.defer.TimeoutError: after the deadline.
        """
        return self._pool.run(deadline, lambda: self._read(url, work))

    def stop(self) -> None:
        """Close what nobody reads; what somebody does is closed after that."""
        self._is_stopped = True
        self._pool.stop()
        self._close_others("")

    def _read(self, url: str, work: Callable[[AuditTable], T]) -> T:
        self._close_others(url)
        idle = self._open.setdefault(url, [])
        try:
            table = idle.pop()
        except IndexError:
            table = AuditTable(url)
        try:
            found = work(table)
        except BaseException:
            table.close()
            raise
        if self._is_stopped:
            table.close()
        else:
            idle.append(table)
        return found

    def _close_others(self, url: str) -> None:
        """Close the tables of what the configuration does not name any more."""
        for other in [each for each in list(self._open) if each != url]:
            for table in self._open.pop(other, []):
                table.close()
