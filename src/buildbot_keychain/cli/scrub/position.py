"""How far a scrub has come, in a file, so that one that was killed goes on where it was.

The file names the database and the secrets, and holds no value. It is replaced as a whole after
each part that is safe on disk, and removed at the end.
"""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from pathlib import Path

from buildbot_keychain.cli.outcome import Stop


class Position:
    """A position in a file; without a file it is forgotten.

    :param database: which database, without its password.
    :param names: which secrets.
    :raise Stop: when the file is of another scrub, or of something else.
    """

    def __init__(self, path: Path | None, database: str, names: Sequence[str]) -> None:
        self._path = path
        self._scrub = {"database": database, "secrets": sorted(names)}
        self._table: str | None = None
        self._number: int | None = None
        self.resumed = False
        if path is not None and path.exists():
            self._load(path)

    def after(self, table: str, tables: Sequence[str]) -> tuple[bool, int | None]:
        """Tell whether `table` still is to be done, and behind which number.

        :param tables: all of them, in their order.
        """
        if self._table is None or self._table not in tables:
            return True, None
        if table == self._table:
            return True, self._number
        return tables.index(table) > tables.index(self._table), None

    def reached(self, table: str, number: int) -> None:
        """Note that everything up to `number` in `table` is done."""
        if self._path is None:
            return
        state = {**self._scrub, "table": table, "number": number}
        partial = self._path.with_name(f".{self._path.name}.partial")
        partial.write_text(json.dumps(state), encoding="utf-8")
        partial.replace(self._path)

    def done(self) -> None:
        """Remove the file."""
        if self._path is not None:
            self._path.unlink(missing_ok=True)

    def _load(self, path: Path) -> None:
        try:
            state = json.loads(path.read_text(encoding="utf-8"))
            same = {key: state.get(key) for key in self._scrub} == self._scrub
            self._table, self._number = str(state["table"]), int(state["number"])
        except (OSError, ValueError, KeyError, TypeError, AttributeError):
            raise Stop(f"{os.fspath(path)} is no position of a scrub: give another file") from None
        if not same:
            raise Stop(
                f"{os.fspath(path)} is of a scrub of another database or for other secrets: "
                "remove it to begin anew"
            )
        self.resumed = True
