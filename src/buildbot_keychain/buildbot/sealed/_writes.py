"""`RecordedWrites`: which fields of those that plug-ins keep themselves have been sealed.

A plug-in seals without waiting. So they are read at once for an owner, and written behind.
"""

from __future__ import annotations

from twisted.internet.defer import Deferred, gatherResults
from twisted.logger import Logger

from buildbot_keychain.buildbot.state import DatabaseProblemError, SealedFieldsTable
from buildbot_keychain.errors import StoreUnavailable

_log = Logger()

Field = tuple[str, str, str]


class RecordedWrites:
    """Those of one owner, for one purpose.

    :param sealed: the names of the fields that were sealed before.
    """

    def __init__(self, table: SealedFieldsTable, sealed: set[str]) -> None:
        self._table = table
        self._sealed = sealed
        self._writing: set[Deferred[str]] = set()

    def has_sealed(self, purpose: str, owner: str, field: str) -> bool:
        """Return whether that field has ever been sealed."""
        return field in self._sealed

    def record(self, purpose: str, owner: str, field: str) -> None:
        """Remember that it has been."""
        if field in self._sealed:
            return
        self._sealed.add(field)
        writing = Deferred.fromCoroutine(self._record((purpose, owner, field)))
        self._writing.add(writing)
        writing.addCallback(self._written, writing)

    async def recorded(self) -> None:
        """Return when all that it was told is remembered for good.

        :raise StoreUnavailable: when something could not be.
        """
        problems = await gatherResults([_follow(writing) for writing in self._writing])
        for problem in filter(None, problems):
            raise StoreUnavailable(problem)

    async def _record(self, field: Field) -> str:
        try:
            await self._table.record(field)
        except Exception as error:  # noqa: BLE001 - whoever seals waits for an answer
            self._sealed.discard(field[2])
            known = isinstance(error, DatabaseProblemError)
            reason = str(error) if known else type(error).__name__
            problem = f"the master's database does not remember what was sealed ({reason})"
            _log.error("{problem}", problem=problem)
            return problem
        return ""

    def _written(self, problem: str, writing: Deferred[str]) -> str:
        self._writing.discard(writing)
        return problem


def _follow(deferred: Deferred[str]) -> Deferred[str]:
    """Return a Deferred that fires with what `deferred` does, which stays as it is."""
    follower: Deferred[str] = Deferred()

    def fire(result: str) -> str:
        follower.callback(result)
        return result

    deferred.addCallback(fire)
    return follower
