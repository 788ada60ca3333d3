"""`UsesReader`: reads who asked for which secret, for those who may know, a page of it at a time.

What is stored of a use begins with the name as it was asked for, so rows of one secret are found by
how they begin; whoever reads them sees whether a name is one of that secret.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any, NamedTuple

import sqlalchemy as sa

from buildbot_keychain.buildbot.state._table import Table
from buildbot_keychain.buildbot.state._uses_table import BEGINNING, DECISIONS, USES, Beginning
from buildbot_keychain.uses import REFUSED, Use

_BUILDS = sa.table("builds", *map(sa.column, ("id", "number", "builderid")))
_BUILDERS = sa.table("builders", *map(sa.column, ("id", "name")))

_AFTER_ASCII = "\x7f"

_NEWEST = 5_000
"""Uses among which those are looked for that were refused."""

_ENDS = '"', "|", "@", "?"
"""What follows a name that is stored: its end, a field, a version, or a parameter."""


class StoredUse(NamedTuple):
    """Equal uses; times are seconds since the epoch."""

    use: Use
    first_at: int
    last_at: int
    times: int


class BuildsUse(NamedTuple):
    """A use of one build."""

    use: Use
    at: int
    buildid: int
    builderid: int
    builder: str
    number: int


class BriefUse(NamedTuple):
    """What is told of equal uses without reading all that is stored.

    :param id: the key of their row.
    :param builder: ``None`` where it was no build.
    :param last_at: seconds since the epoch, as `first_at`.
    """

    id: str
    name: str
    builder: str | None
    was_given: bool
    last_at: int
    first_at: int = 0


class UsesReader:
    """Reads both tables in the database of `master`, which must be there at the first call.

    Each method is one query, and fails with a `DatabaseProblemError` where that cannot be answered.
    """

    def __init__(self, master: Any) -> None:
        self._uses = Table(master, USES)
        self._decisions = Table(master, DECISIONS)

    async def of_names(self, names: Sequence[str], limit: int) -> list[StoredUse]:
        """Return the last uses of what is called so, with any field, version or parameter."""
        query = _stored().where(_is_named(names)).order_by(USES.c.last_at.desc()).limit(limit)
        return _stored_uses(await self._uses.rows(query))

    async def refused(self, outcomes: Sequence[str], limit: int) -> list[StoredUse]:
        """Return the last uses that had one of some outcomes, among the newest of all."""
        newest = _stored().order_by(USES.c.last_at.desc()).limit(_NEWEST).subquery()
        content = newest.c.content
        had = sa.or_(*(content.contains(_outcome(one), autoescape=True) for one in outcomes))
        query = sa.select(newest).where(had).order_by(newest.c.last_at.desc()).limit(limit)
        return [
            one for one in _stored_uses(await self._uses.rows(query)) if one.use.outcome in outcomes
        ]

    async def since(self, last_at: int, behind: str, limit: int) -> list[BriefUse]:
        """Return the first uses that there were at a time (seconds since the epoch), or later.

        :param behind: the key of the last one at that time that is not wanted; ``""`` for none.
        """
        where = (USES.c.last_at >= last_at) & ((USES.c.last_at > last_at) | (USES.c.id > behind))
        query = sa.select(USES.c.id, USES.c.content, USES.c.first_at, USES.c.last_at).where(where)
        query = query.order_by(USES.c.last_at, USES.c.id).limit(limit)
        return await self._uses.rows(query, made=_briefly)

    async def of_builds(self, names: Sequence[str], limit: int) -> list[BuildsUse]:
        """Return the last builds that asked for what is called so."""
        decisions, builds, builders = DECISIONS, _BUILDS, _BUILDERS
        joined = (
            decisions.join(USES, USES.c.id == decisions.c.use_id)
            .join(builds, builds.c.id == decisions.c.buildid)
            .join(builders, builders.c.id == builds.c.builderid)
        )
        columns = (
            decisions.c.decided_at,
            decisions.c.buildid,
            builds.c.builderid,
            builders.c.name,
            builds.c.number,
        )
        query = sa.select(USES.c.content, *columns).select_from(joined).where(_is_named(names))
        query = query.order_by(decisions.c.decided_at.desc(), decisions.c.buildid.desc())
        rows = await self._uses.rows(query.limit(limit), self._decisions)
        return [BuildsUse(use, *row[1:]) for row in rows if (use := Use.read(row[0])) is not None]


def _stored() -> Any:
    return sa.select(USES.c.content, USES.c.first_at, USES.c.last_at, USES.c.times)


def _stored_uses(rows: Sequence[Any]) -> list[StoredUse]:
    return [StoredUse(use, *row[1:]) for row in rows if (use := Use.read(row[0])) is not None]


def _briefly(row: Any) -> BriefUse:
    key, content, first_at, last_at = row
    try:
        document = json.loads(content)
        name, outcome = str(document["name"]), document["outcome"]
        builder = document["requester"].get("builder")
    except (ValueError, LookupError, TypeError, AttributeError):  # of another version
        return BriefUse(key, "", None, was_given=False, last_at=last_at, first_at=first_at)
    builder = builder if isinstance(builder, str) else None
    return BriefUse(key, name, builder, outcome not in REFUSED, last_at, first_at)


def _is_named(names: Sequence[str]) -> Any:
    """Return whether a row is of something that is called so."""
    return sa.or_(*map(_is_called, names))


def _is_called(name: str) -> Any:
    begin = f'{{"name":{json.dumps(name)[:-1]}'
    # The index finds what begins alike. LIKE would not tell cases apart in SQLite.
    found, first = Beginning(USES.c.content), begin[:BEGINNING]
    ends = [begin + end for end in _ENDS]
    is_one = sa.or_(*(sa.func.substr(USES.c.content, 1, len(each)) == each for each in ends))
    return (found >= first) & (found < f"{first}{_AFTER_ASCII}") & is_one


def _outcome(outcome: str) -> str:
    return f'"outcome":{json.dumps(outcome)}'
