"""Our tables in a master's database, for rows by the thousand and of any time."""

from __future__ import annotations

from typing import Any

from buildbot_keychain.approvals import ApprovalRequest
from buildbot_keychain.buildbot.state import (
    _approvals_table,
    _given_table,
    _prints_table,
    _tokens_table,
    _uses_table,
)

APPROVALS = _approvals_table._APPROVALS
VOTES = _approvals_table._VOTES
GIVEN = _given_table._GIVEN
PRINTS = _prints_table._PRINTS
TOKENS = _tokens_table._TOKENS
USES, DECISIONS = _uses_table.USES, _uses_table.DECISIONS
TABLES = APPROVALS, VOTES, GIVEN, PRINTS, USES, DECISIONS


def approval_row(request: ApprovalRequest, now: float) -> dict[str, Any]:
    """Return what is stored of a request that was changed at a time."""
    row: dict[str, Any] = _approvals_table._row(request, now)
    return row
