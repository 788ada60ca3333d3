"""`AuditReading`: reads the database of the audit trail for pages, in threads of its own.

The database stays open between two pages, as opening it takes most of the time of a small one. A
file of SQLite that another one has taken the place of does not.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple, TypeVar

from twisted.internet.defer import Deferred

from buildbot_keychain.audit import AuditTable
from buildbot_keychain.workpool import WorkPool

T = TypeVar("T")

AT_ONCE = 2
"""Threads, of which each may hang as long as the database does; others wait."""


class _Opened(NamedTuple):
    """A table, and the file that it was opened for; ``None`` if there was none."""

    table: AuditTable
    file: tuple[int, int] | None


class AuditReading:
    """Reads until it is stopped.

    :param reactor: as that of a `WorkPool`.
    """

    def __init__(self, reactor: Any) -> None:
        self._pool = WorkPool(reactor, AT_ONCE, "keychain-audit-page")
        self._lock = threading.Lock()
        self._url: str | None = ""
        """The database that stays open; ``None`` when it is stopped."""
        self._idle: list[_Opened] = []
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
        opened = self._taken(url)
        try:
            found = work(opened.table)
        except BaseException:
            opened.table.close()
            raise
        self._give_back(url, opened)
        return found

    def _taken(self, url: str) -> _Opened:
        self._keep(url)
        with self._lock:
            idle = self._idle.pop() if self._url == url and self._idle else None
        if idle is not None:
            if idle.file == _file_of(idle.table.path):
                return idle
            idle.table.close()
        table = AuditTable(url)
        return _Opened(table, _file_of(table.path))

    def _give_back(self, url: str, opened: _Opened) -> None:
        with self._lock:
            if self._url == url:
                self._idle.append(opened)
                return
        opened.table.close()

    def _keep(self, url: str | None) -> None:
        """Close the tables of what the configuration does not name any more."""
        with self._lock:
            if self._url in {None, url}:
                return
            others, self._idle, self._url = self._idle, [], url
        for each in others:
            each.table.close()


def _file_of(path: Path | None) -> tuple[int, int] | None:
    """Return what tells the file of SQLite that is there now from others."""
    if path is None:
        return None
    try:
        found = path.stat()
    except OSError:  # which reading it says as well
        return None
    return found.st_dev, found.st_ino
