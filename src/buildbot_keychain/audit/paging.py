"""`page_of`: the events of a database that are wanted, page by page from the newest. Blocks.

A page costs the same however long the table is: it reads at most `MOST_READ` rows, by their number
or by an index, and says where to go on if it has not found enough among them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from buildbot_keychain.audit.reading import Wanted, event_of

MOST_READ = 5_000
"""Rows, for one page."""

_CHUNK = 1_000
"""Rows that are read at once."""


@dataclass(frozen=True)
class EventPage:
    """Some of the events that are wanted.

    :param events: the newest first, as the trail has them, each with its number in front.
    :param before: what to go on with; 0 if there are no older ones.
    :param read_back_to: the time of the oldest row that was read; empty if there was none.
    """

    events: tuple[tuple[int, dict[str, Any]], ...] = ()
    before: int = 0
    read_back_to: str = ""


class ITable(Protocol):
    """What rows are read from: an `buildbot_keychain.audit.AuditTable`."""

    def older(
        self, before: int, limit: int, names: Sequence[str] = (), builder: str = ""
    ) -> list[tuple[int, str, str]]:
        """Return rows from the newest on: number, time and content."""


def page_of(
    table: ITable, wanted: Wanted, before: int, limit: int, providers: Sequence[str] = ()
) -> EventPage:
    """Return a page.

    :param before: the number of the event before which to begin; 0 for the newest.
    :param limit: how many events there are at most.
    :param providers: those in front of whose names a secret without one is looked for.
    :raise StoreUnavailable: when the table cannot be read.
    """
    names = () if "*" in wanted.secret else _spellings(wanted.secret, providers)
    builder = "" if names or "*" in wanted.builder else wanted.builder
    found: list[tuple[int, dict[str, Any]]] = []
    last, time = before, ""
    for _ in range(MOST_READ // _CHUNK):
        rows = table.older(last, _CHUNK, names, builder)
        for number, time, content in rows:
            last = number
            if wanted.may_be_in(content.encode()):
                event = event_of(content)
                if event is not None and wanted(event):
                    found.append((number, event))
            if len(found) == limit:
                return EventPage(tuple(found), last, time)
        # Masters write at about the same time, not in the order of time.
        is_older = bool(rows) and all(each[1] < wanted.since for each in rows)
        if len(rows) < _CHUNK or is_older:
            return EventPage(tuple(found), 0, time)
    return EventPage(tuple(found), last, time)


def _spellings(name: str, providers: Sequence[str]) -> tuple[str, ...]:
    """Return how a secret may have been asked for."""
    if not name:
        return ()
    _, mark, path = name.partition("!")
    return (name, path) if mark else (name, *(f"{each}!{name}" for each in providers))
