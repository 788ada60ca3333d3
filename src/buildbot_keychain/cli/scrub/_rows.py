"""`RowScrubber`: redacts every text and blob in every table except the logs.

A page of rows is read, its values are redacted, and what changes is written in one transaction.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

from buildbot_keychain.cli._database import (
    Database,
    DuplicateValues,
    RejectedValues,
    Row,
    Table,
    Writer,
)
from buildbot_keychain.cli.scrub._cell_redactor import CellRedactor
from buildbot_keychain.cli.scrub._locations import Locations
from buildbot_keychain.cli.scrub._readers import Readers
from buildbot_keychain.cli.scrub._report import Outcome, Report
from buildbot_keychain.cli.scrub._schema import (
    format_of,
    is_checked,
    is_kept,
    update_dependents,
)
from buildbot_keychain.redaction import Audience

_PAGE_SIZE = 1000
_PAGE_SIZE_WITH_BLOBS = 50
"""Rows that are read at once."""

_MAX_ATTEMPTS = 100
"""How often a name is numbered anew until it is unique."""


class _RedactedRow(NamedTuple):
    """A row with secrets in columns that may be rewritten."""

    row: Row
    changes: dict[str, Any]
    found: list[tuple[str, str]]
    """Secret and column, once for each occurrence."""


class RowScrubber:
    """Redacts the tables of one database."""

    def __init__(
        self,
        database: Database,
        cell_redactor: CellRedactor,
        readers: Readers,
        locations: Locations,
        report: Report,
    ) -> None:
        self._database = database
        self._readers = readers
        self._cell_redactor = cell_redactor
        self._locations = locations
        self._report = report

    def scrub(
        self, table: Table, after: int | None, progress: Callable[[int], None]
    ) -> Iterator[int]:
        """Scrub one table; yield the number up to which it is done, whenever that is on disk.

        :param after: start after this number.
        :param progress: called with the number of rows of each page.
        """
        page_size = _PAGE_SIZE_WITH_BLOBS if table.has_blobs else _PAGE_SIZE
        for number, rows in self._database.pages(table, after, page_size):
            redacted = [r for row in rows if (r := self._redact(table, row)) is not None]
            if redacted and self._report.writing:
                with self._database.transaction() as writer:
                    outcomes = self._write(writer, table, redacted)
            else:
                outcomes = [self._report.default_outcome] * len(redacted)
            for each, outcome in zip(redacted, outcomes, strict=True):
                for name, column in each.found:
                    location = self._locations.cell(table.name, column, each.row)
                    self._report.found(name, location, outcome)
            progress(len(rows))
            yield number

    def _redact(self, table: Table, row: Row) -> _RedactedRow | None:
        """Return what must be replaced in a row, and report the secrets that are kept."""
        changes: dict[str, Any] = {}
        found: list[tuple[str, str]] = []

        def readers() -> Audience:
            return self._readers.of_row(table.name, row)

        for column in table.columns:
            if not is_checked(table.name, column.name):
                continue
            value = row[column.name]
            if isinstance(value, memoryview):
                value = bytes(value)
            kept = is_kept(table.name, column.name)
            cell = self._cell_redactor.redact(
                value,
                format_of(table.name, column.name),
                column.limit,
                None if kept else readers,
            )
            if cell is None:
                continue
            location = self._locations.cell(table.name, column.name, row)
            for name in cell.names if kept else cell.shown:
                self._report.found(name, location, Outcome.KEPT if kept else Outcome.SHOWN)
            if kept or not cell.names:
                continue
            changes[column.name] = cell.value
            found += [(name, column.name) for name in cell.names]
        return _RedactedRow(row, changes, found) if changes else None

    def _write(self, writer: Writer, table: Table, redacted: list[_RedactedRow]) -> list[Outcome]:
        outcomes = []
        written: list[Row] = []
        for each in redacted:
            if not table.primary_key and each.row in written:  # with an identical row
                outcomes.append(Outcome.REPLACED)
                continue
            replaced = self._replace(writer, table, each)
            outcomes.append(Outcome.REPLACED if replaced else Outcome.LEFT)
            if replaced and not table.primary_key:
                written.append(each.row)
        return outcomes

    def _replace(self, writer: Writer, table: Table, redacted: _RedactedRow) -> bool:
        """Write one row; return whether it could be written."""
        for attempt in range(_MAX_ATTEMPTS):
            changes = dict(redacted.changes)
            try:
                update_dependents(table.name, redacted.row, changes, attempt)
                return writer.update(table.name, redacted.row, changes)
            except DuplicateValues:
                continue
            except (RejectedValues, LookupError):
                return False
        return False
