"""`BuildbotBuilds`: what the builds of a master had of its secrets, now or before a restart."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from zope.interface import implementer

from buildbot_keychain.approvals import ApprovalRequest
from buildbot_keychain.buildbot._attached import keychain_of
from buildbot_keychain.buildbot.state import (
    BuildKey,
    BuildRow,
    BuildsReader,
    DatabaseProblemError,
    PrintRow,
    PrintsTable,
)
from buildbot_keychain.buildbot.www._spellings import plain
from buildbot_keychain.deferreds import returns_deferred
from buildbot_keychain.details import Requester
from buildbot_keychain.errors import KeychainError
from buildbot_keychain.uses import USES, Use
from buildbot_keychain.web.host_builds import BuildFacts, BuildRecord, Decided, HiddenIn, IBuilds
from buildbot_keychain.web.host_secrets import Listed

MOST = 200
"""Rows of each kind."""

_NOBODY = Requester("unknown")


@implementer(IBuilds)
class BuildbotBuilds:
    """The builds of one master.

    :param master: Buildbot's ``BuildMaster``, with a keychain.
    """

    def __init__(self, master: Any) -> None:
        self._master = master
        self._reader = BuildsReader(master)
        self._prints = PrintsTable(master)

    @returns_deferred
    async def record(self, build: BuildKey) -> BuildRecord | None:
        """Return what a build had."""
        try:
            row = await self._reader.find(build)
            if row is None:
                return None
            decided = await self._reader.decided(row.id, MOST)
            given = await keychain_of(self._master).given.names_of(row.id)
            printed = await self._prints.of_build(row.id, MOST)
            approvals = await keychain_of(self._master).approval_records.of_build_request(
                row.buildrequestid
            )
        except DatabaseProblemError as problem:
            raise problem.of_table(USES) from None
        return await self._record(row, decided, given, printed, approvals)

    async def _record(
        self,
        row: BuildRow,
        decided: Sequence[tuple[Use, int]],
        given: frozenset[str],
        printed: Sequence[PrintRow],
        approvals: Sequence[ApprovalRequest],
    ) -> BuildRecord:
        was_given = {use.name for use, _ in decided if use.was_given}
        others = sorted(given - was_given)[:MOST]
        names = {*(use.name for use, _ in decided), *others, *(each.secret for each in printed)}
        called = {name: await self._called(name) for name in names}
        rows = [
            Decided(use.name, called[use.name], at, use.outcome, use.reason) for use, at in decided
        ]
        return BuildRecord(
            _facts(row),
            given=(
                *(each for (use, _), each in zip(decided, rows, strict=True) if use.was_given),
                *(Decided(name, called[name]) for name in others),
            ),
            refused=tuple(
                each
                for (use, _), each in zip(decided, rows, strict=True)
                if not use.was_given and use.name not in was_given
            ),
            hidden=tuple(_hidden(each, called[each.secret]) for each in printed),
            approvals=tuple(approvals),
            most=MOST,
        )

    async def _called(self, name: str) -> tuple[Listed, ...]:
        """Return the secrets that may be called so, of all providers; no provider is asked."""
        try:
            questions = await keychain_of(self._master).questions(plain(name), _NOBODY)
        except KeychainError:  # as by a configuration of long ago
            return ()
        found = (Listed(each.provider, each.path, each.canonical) for each in questions)
        return tuple(dict.fromkeys(found))


def _facts(row: BuildRow) -> BuildFacts:
    address = f"#/builders/{row.builderid}/builds/{row.number}"
    return BuildFacts(row.id, row.builder, row.number, address)


def _hidden(row: PrintRow, secrets: tuple[Listed, ...]) -> HiddenIn:
    return HiddenIn(
        row.secret, secrets, row.sink, row.step, row.log, row.line, row.times, row.first_at
    )
