"""`RowsRead`: counts what SQLAlchemy asks databases in this process, and the rows that it reads."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine.cursor import CursorFetchStrategy

_FETCHING = ("fetchone", "fetchmany", "fetchall")


class RowsRead:
    """Counts until it is stopped.

    :ivar statements: what was asked.
    :ivar rows: what came back.
    """

    def __init__(self) -> None:
        self.statements = self.rows = 0
        self._original = {name: getattr(CursorFetchStrategy, name) for name in _FETCHING}
        sa.event.listen(sa.engine.Engine, "after_cursor_execute", self._executed)
        for name, fetch in self._original.items():
            setattr(CursorFetchStrategy, name, self._counting(fetch))

    def stop(self) -> None:
        """Count no more."""
        sa.event.remove(sa.engine.Engine, "after_cursor_execute", self._executed)
        for name, fetch in self._original.items():
            setattr(CursorFetchStrategy, name, fetch)

    def taken(self) -> tuple[int, int]:
        """Return how many statements and rows there were since the last time."""
        found = self.statements, self.rows
        self.statements = self.rows = 0
        return found

    def _executed(self, *_arguments: object) -> None:
        self.statements += 1

    def _counting(self, fetch: Callable[..., Any]) -> Callable[..., Any]:
        def fetched(*arguments: Any, **more: Any) -> Any:
            found = fetch(*arguments, **more)
            self.rows += len(found) if isinstance(found, list) else found is not None
            return found

        return fetched
