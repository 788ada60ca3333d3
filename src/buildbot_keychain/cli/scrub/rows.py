"""Every text and blob in every table, logs apart.

A page of rows is read, its values are redacted, and what changes is written in one transaction.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

from buildbot_keychain.cli.scrub.cells import Cells
from buildbot_keychain.cli.scrub.columns import (
    LOG_CHUNKS,
    completed,
    is_checked,
    is_kept,
    kind_of,
)
from buildbot_keychain.cli.scrub.database import (
    Conflict,
    Database,
    Refused,
    Row,
    Table,
    Writer,
)
from buildbot_keychain.cli.scrub.places import Places
from buildbot_keychain.cli.scrub.report import Fate, Report

_PAGE = 1000
_PAGE_OF_LARGE = 50
_ATTEMPTS = 100


class _Hit(NamedTuple):
    """A row with secrets in columns that may be rewritten."""

    row: Row
    changes: dict[str, Any]
    names: list[tuple[str, str]]
    """Secret and column, once for each occurrence."""


class Rows:
    """Goes through the tables of one database.

    :param writing: whether to replace what is found.
    """

    def __init__(
        self, database: Database, cells: Cells, places: Places, report: Report, *, writing: bool
    ) -> None:
        self._database = database
        self._cells = cells
        self._places = places
        self._report = report
        self._writing = writing

    def tables(self) -> list[Table]:
        """List the tables that this goes through, in the order in which it does."""
        return [table for table in self._database.tables() if table.name != LOG_CHUNKS]

    def scrub(
        self, table: Table, after: int | None, progress: Callable[[int], None]
    ) -> Iterator[int]:
        """Go through one table; yields how far it is, whenever that is safe on disk.

        :param after: begin behind this number.
        :param progress: told the number of rows of each page.
        """
        page = _PAGE_OF_LARGE if table.has_large else _PAGE
        for number, rows in self._database.pages(table, after, page):
            hits = [hit for row in rows if (hit := self._look(table, row)) is not None]
            if hits and self._writing:
                with self._database.writing() as writer:
                    fates = self._write(writer, table, hits)
            else:
                fates = [self._report.fate] * len(hits)
            for hit, fate in zip(hits, fates, strict=True):
                for name, column in hit.names:
                    place = self._places.cell(table.name, column, hit.row)
                    self._report.found(name, place, fate)
            progress(len(rows))
            yield number

    def _look(self, table: Table, row: Row) -> _Hit | None:
        """Find what is to be replaced in a row, and report what is to be kept."""
        changes: dict[str, Any] = {}
        names: list[tuple[str, str]] = []
        for column in table.columns:
            if not is_checked(table.name, column.name):
                continue
            value = row[column.name]
            if isinstance(value, memoryview):
                value = bytes(value)
            cleaned = self._cells.clean(value, kind_of(table.name, column.name), column.limit)
            if cleaned is None:
                continue
            if is_kept(table.name, column.name):
                place = self._places.cell(table.name, column.name, row)
                for name in cleaned.names:
                    self._report.found(name, place, Fate.KEPT)
                continue
            changes[column.name] = cleaned.value
            names += [(name, column.name) for name in cleaned.names]
        return _Hit(row, changes, names) if changes else None

    def _write(self, writer: Writer, table: Table, hits: list[_Hit]) -> list[Fate]:
        fates = []
        done: list[Row] = []
        for hit in hits:
            if not table.identity and hit.row in done:  # its double was written with it
                fates.append(Fate.REPLACED)
                continue
            replaced = self._replace(writer, table, hit)
            fates.append(Fate.REPLACED if replaced else Fate.LEFT)
            if replaced and not table.identity:
                done.append(hit.row)
        return fates

    def _replace(self, writer: Writer, table: Table, hit: _Hit) -> bool:
        for attempt in range(_ATTEMPTS):
            changes = dict(hit.changes)
            try:
                completed(table.name, hit.row, changes, attempt)
                return writer.update(table.name, hit.row, changes)
            except Conflict:
                continue
            except (Refused, LookupError):
                return False
        return False
