"""Where a row of Buildbot's database belongs, in words: builder, build, step, log.

`Locations` looks up what a row refers to and caches the last few. Every text that comes from the
database is redacted.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Any

from buildbot_keychain.cli._database import Database, Row
from buildbot_keychain.redaction import Redactor

_NAME_COLUMNS = ("name", "property_name", "filename", "author", "reason")
"""Columns that identify a row within its build, its object and so on."""


class Locations:
    """Describes rows of one database."""

    def __init__(self, database: Database, redactor: Redactor) -> None:
        self._database = database
        self._redactor = redactor
        self._build = lru_cache(512)(self._describe_build)
        self._step = lru_cache(512)(self._describe_step)
        self._test_result_set = lru_cache(512)(self._describe_test_result_set)
        self.log = lru_cache(512)(self._describe_log)

    def cell(self, table: str, column: str, row: Row) -> str:
        """Describe a column of a row."""
        owner = self._owner(table, row)
        name = self._name(table, column, row)
        return ", ".join(part for part in (owner, f"{table}.{column}", name) if part)

    def _owner(self, table: str, row: Row) -> str:
        """Describe what the row belongs to, as precisely as its references allow."""
        references = (
            (self.log, "id" if table == "logs" else ""),
            (self._step, "id" if table == "steps" else "stepid"),
            (self._test_result_set, "test_result_setid"),
            (self._build, "id" if table == "builds" else "buildid"),
            (self._builder, "builderid"),
        )
        for describe, column in references:
            if column in row:
                return describe(row[column])
        return ""

    def _name(self, table: str, column: str, row: Row) -> str:
        for name in _NAME_COLUMNS:
            if name in row and name != column and isinstance(row[name], str):
                return f"{name} {self._redacted(row[name])!r}"
        numbers = [f"{key} {value}" for key, value in row.items() if isinstance(value, int)]
        return numbers[0] if numbers and table not in {"builds", "steps", "logs"} else ""

    def _builder(self, number: int) -> str:
        row = self._database.find("builders", number)
        return f"builder {self._redacted(row['name'])}" if row else f"builder id {number}"

    def _describe_build(self, number: int) -> str:
        row = self._database.find("builds", number)
        if row is None:
            return f"build id {number}"
        return f"{self._builder(row['builderid'])}, build {row['number']}"

    def _describe_step(self, number: int) -> str:
        row = self._database.find("steps", number)
        if row is None:
            return f"step id {number}"
        return f"{self._build(row['buildid'])}, step {self._redacted(row['name'])}"

    def _describe_log(self, number: int) -> str:
        row = self._database.find("logs", number)
        if row is None:
            return f"log id {number}"
        return f"{self._step(row['stepid'])}, log {self._redacted(row['name'])}"

    def _describe_test_result_set(self, number: int) -> str:
        row = self._database.find("test_result_sets", number)
        return self._step(row["stepid"]) if row else f"test result set id {number}"

    def _redacted(self, value: Any) -> str:  # noqa: ANN401 - what the database holds
        return self._redactor.redact(str(value))
