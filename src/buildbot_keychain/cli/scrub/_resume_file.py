"""`ResumeFile`: a note of how far a scrub has come, so that one that was killed can continue.

The file names the database and the secrets, and holds no value. It is replaced as a whole after
each part that is safe on disk, and removed at the end.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

from buildbot_keychain.cli._exit import CommandError


class ResumeFile:
    """The position of a scrub, kept in a file, or nowhere without a `path`.

    :param database: the URL of the database, without its password.
    :param names: the names of the secrets.
    :param guessable: whether what can be guessed is hidden everywhere.
    :raise CommandError: if the file is of another scrub, or something else.
    """

    def __init__(
        self, path: Path | None, database: str, names: Sequence[str], *, guessable: bool = False
    ) -> None:
        self._path = path
        self._scrub = {"database": database, "secrets": sorted(names), "guessable": guessable}
        self._table: str | None = None
        self._number: int | None = None
        self.is_resumed = False
        if path is not None and path.exists():
            self._load(path)

    def position_in(self, table: str, tables: Sequence[str]) -> tuple[bool, int | None]:
        """Return whether `table` still has to be scrubbed, and the number after which.

        :param tables: all tables, in the order in which they are scrubbed.
        """
        if self._table is None or self._table not in tables:
            return True, None
        if table == self._table:
            return True, self._number
        return tables.index(table) > tables.index(self._table), None

    def note(self, table: str, number: int) -> None:
        """Note that everything up to `number` in `table` is done."""
        if self._path is None:
            return
        state = {**self._scrub, "table": table, "number": number}
        partial = self._partial(self._path)
        partial.write_text(json.dumps(state), encoding="utf-8")
        partial.replace(self._path)

    def remove(self) -> None:
        """Remove the file: the scrub is complete."""
        if self._path is not None:
            self._path.unlink(missing_ok=True)
            self._partial(self._path).unlink(missing_ok=True)  # of a run that was killed

    @staticmethod
    def _partial(path: Path) -> Path:
        return path.with_name(f".{path.name}.partial")

    def _load(self, path: Path) -> None:
        try:
            state = json.loads(path.read_text(encoding="utf-8"))
            same = {key: state.get(key) for key in self._scrub} == self._scrub
            self._table, self._number = str(state["table"]), int(state["number"])
        except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
            raise CommandError(
                f"{path} was not written by --resume: use another file, or one that does not exist"
            ) from error
        if not same:
            raise CommandError(
                f"{path} belongs to a scrub of another database, of other secrets or with other "
                "options: remove it to start from the beginning"
            )
        self.is_resumed = True
