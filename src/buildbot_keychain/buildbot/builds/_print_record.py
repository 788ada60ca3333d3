"""`PrintRecord`: writes in what of builds secrets were hidden, behind those who write it."""

from __future__ import annotations

from collections.abc import Callable, Hashable

from buildbot_keychain.buildbot.builds._attempts import Later, at_once
from buildbot_keychain.buildbot.builds._waiting_rows import WaitingRows
from buildbot_keychain.buildbot.state import PRINTS, PrintRow, PrintsTable

LONGEST = 2_000
"""Characters of a name that is kept."""

_PROBLEM = (
    f"in what of builds secrets were hidden cannot be recorded in the table {PRINTS} of the "
    "master's database ({problem}): allow the master to create, read and write that table; until "
    "then the page of a build does not know it"
)


class PrintRecord(WaitingRows[PrintRow]):
    """What is still to be written.

    :param table: where it is written; of builds that no longer exist, it is removed there.
    :param is_ready: returns whether the database is there.
    :param redact: returns a text, such as a name made of a secret, as it may be written of a build
        (by its id).
    :param later: as for `Attempts`; `soon`, as for `WaitingRows`.
    """

    def __init__(
        self,
        table: PrintsTable,
        is_ready: Callable[[], bool],
        redact: Callable[[int | None, str], str],
        later: Later = at_once,
        *,
        soon: Later = at_once,
    ) -> None:
        super().__init__(
            _PROBLEM,
            is_ready,
            redact=self._redacted,
            write=table.write,
            remove=table.remove_missing_builds,
            key_of=_key_of,
            sum_of=_sum_of,
            later=later,
            soon=soon,
        )
        self._redact = redact

    def note(self, row: PrintRow) -> None:
        """Have it written that a secret was hidden in something of a build."""
        self.add(row)

    def _redacted(self, row: PrintRow) -> PrintRow:
        step, log = (each and self._text(row.buildid, each) for each in (row.step, row.log))
        secret = self._text(row.buildid, row.secret)
        return row._replace(secret=secret, step=step, log=log)

    def _text(self, buildid: int, text: str) -> str:
        return self._redact(buildid, text)[:LONGEST]


def _key_of(row: PrintRow) -> Hashable:
    return row.buildid, row.secret, row.sink, row.step


def _sum_of(before: PrintRow, row: PrintRow) -> PrintRow:
    return before._replace(times=before.times + row.times)
