"""`ApprovalsTable`: what people are asked to approve, and what they say, in the master's database.

The table ``keychain_approvals`` has a row for each secret that a build request must have approved.
Its id is made of all that is approved, so a retry finds the row of the build before it, and what is
built at another revision does not. The table ``keychain_votes`` has a row for each person and row.
Texts that others choose are in JSON, in ASCII.

Every change first writes to the row of the request, so that masters and people who do something at
the same moment do it one after the other, each with what the one before has stored.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import asdict, replace
from typing import Any, NamedTuple

import sqlalchemy as sa

from buildbot_keychain.approvals import (
    OPEN,
    WAITING,
    ApprovalRequest,
    Demand,
    Position,
    Revision,
    Vote,
    person_key,
)
from buildbot_keychain.buildbot.state._table import Table, conditions
from buildbot_keychain.policy import (
    after_asking,
    after_news,
    after_time,
    after_vote,
    is_news,
)

_metadata = sa.MetaData()

_APPROVALS = sa.Table(
    "keychain_approvals",
    _metadata,
    sa.Column("id", sa.String(32), primary_key=True),
    sa.Column("buildrequestid", sa.Integer, nullable=False),
    sa.Column("state", sa.String(16), nullable=False),
    sa.Column("changes", sa.Integer, nullable=False),
    sa.Column("changed_at", sa.BigInteger, nullable=False),
    sa.Column("content", sa.Text, nullable=False),
    sa.Index("keychain_approvals_waiting", "state", "buildrequestid", "id"),
    sa.Index("keychain_approvals_changed", "changed_at"),
)
_VOTES = sa.Table(
    "keychain_votes",
    _metadata,
    sa.Column("approval_id", sa.String(32), primary_key=True),
    sa.Column("person", sa.String(64), primary_key=True),
    sa.Column("number", sa.Integer, nullable=False),
    sa.Column("content", sa.Text, nullable=False),
)
_REQUESTS = sa.table("buildrequests", sa.column("id"), sa.column("complete"))

MOST_APPROVALS = 20
"""Secrets that people can be asked about for one build request."""

_NEWEST_FIRST = (_APPROVALS.c.changed_at.desc(), _APPROVALS.c.id)
_OLDEST_FIRST = (_APPROVALS.c.buildrequestid, _APPROVALS.c.id)


class Changed(NamedTuple):
    """A request after something was done, and its state before; ``None`` where there was none."""

    request: ApprovalRequest
    before: str | None


class WaitingPage(NamedTuple):
    """Some of the requests that wait, the oldest first.

    :param behind: where the next begin; ``None`` if these are the last.
    """

    requests: list[ApprovalRequest]
    behind: Position | None


Change = Callable[[ApprovalRequest], ApprovalRequest]


class ApprovalsTable:
    """Both tables, in the database of `master`, which must be there at the first call."""

    def __init__(self, master: Any) -> None:
        self._approvals = Table(master, _APPROVALS)
        self._votes = Table(master, _VOTES)

    async def ask(self, new: ApprovalRequest, now: float) -> Changed | None:
        """Store that a build asks; release to it what was approved.

        :param new: what is stored if it has not been asked before; otherwise its build, what is
            demanded, and who else does not count.
        :return: ``None`` where its build request has asked for too many secrets. Where people are
            asked anew, there was no request before.
        :raise DatabaseProblemError: when nothing was stored, or nobody can tell.
        """

        def ask(connection: Any) -> Changed | None:
            self._approvals.create(connection)
            self._votes.create(connection)
            with connection.begin():
                is_new = not _lock(connection, new.id)
                if is_new:
                    same = _APPROVALS.c.buildrequestid == new.build_request
                    count = sa.select(sa.func.count()).select_from(_APPROVALS).where(same)
                    if connection.execute(count).scalar() >= MOST_APPROVALS:
                        return None
                    connection.execute(_APPROVALS.insert(), [_row(new, now)])

                def change(request: ApprovalRequest) -> ApprovalRequest:
                    nonlocal is_new
                    is_new = is_new or is_news(request, new)
                    newest = replace(request, build=new.build, build_url=new.build_url)
                    newest = after_news(newest, new)
                    return after_asking(newest, new.demands, new.valid_for, now)

                changed = _change(connection, new.id, now, change)
                return changed if not is_new else changed._replace(before=None)

        return await self._do(ask)

    async def vote(self, approval: str, vote: Vote, expected: str, now: float) -> Changed | None:
        """Store what somebody says, if the request is open and as `expected`, and what follows.

        :param expected: the digest of what the vote is about.
        :return: ``None`` where there is no such request.
        :raise DatabaseProblemError: when nothing was stored, or nobody can tell.
        """

        def change(request: ApprovalRequest) -> ApprovalRequest:
            is_open = request.state in OPEN and request.digest == expected
            return after_vote(request, vote) if is_open else request

        def decide(connection: Any) -> Changed | None:
            if not self._approvals.is_there(connection):
                return None
            self._votes.create(connection)
            with connection.begin():
                if not _lock(connection, approval):
                    return None
                return _change(connection, approval, now, change)

        return await self._do(decide)

    async def settle(self, approvals: Iterable[str], now: float) -> list[Changed]:
        """Store what has become of requests by the time that has passed.

        :raise DatabaseProblemError: when that cannot be done.
        """

        def settle(connection: Any) -> list[Changed]:
            settled = []
            for each in approvals:
                with connection.begin():
                    if _lock(connection, each):
                        settled.append(_change(connection, each, now, lambda request: request))
            return settled

        return await self._do(settle)

    async def of_build_request(self, buildrequestid: int) -> list[ApprovalRequest]:
        """Return the open requests of a build request, as they are stored.

        :raise DatabaseProblemError: when they cannot be read.
        """
        same = _APPROVALS.c.buildrequestid == buildrequestid
        return await self._read(same & _APPROVALS.c.state.in_(OPEN), None)

    async def all_of_build_request(self, buildrequestid: int, now: float) -> list[ApprovalRequest]:
        """Return the requests of a build request as they are now, the oldest first.

        :raise DatabaseProblemError: when they cannot be read.
        """
        found = await self._read(_APPROVALS.c.buildrequestid == buildrequestid, now)
        return sorted(found, key=lambda request: (request.asked_at, request.id))

    async def read(self, approval: str, now: float) -> ApprovalRequest | None:
        """Return a request as it is now.

        :raise DatabaseProblemError: when it cannot be read.
        """
        return next(iter(await self._read(_APPROVALS.c.id == approval, now)), None)

    async def waiting(
        self, now: float, roles: Collection[str], behind: Position | None, limit: int
    ) -> WaitingPage:
        """Return some of the requests that wait.

        :param roles: one of which is asked, but for some requests that only look so.
        :param behind: where to begin; ``None`` for the oldest.
        :param limit: how many at most.
        :raise DatabaseProblemError: when they cannot be read.
        """
        content = _APPROVALS.c.content
        asked = [content.contains(json.dumps(role), autoescape=True) for role in roles]
        where = (_APPROVALS.c.state == WAITING) & sa.or_(sa.false(), *asked)
        if behind is not None:
            request, number = _APPROVALS.c.buildrequestid, _APPROVALS.c.id
            last, of_last = behind
            where &= (request > last) | ((request == last) & (number > of_last))
        found = await self._read(where, now, limit, _OLDEST_FIRST)
        end = found[-1].position if len(found) == limit else None
        return WaitingPage([each for each in found if each.state == WAITING], end)

    async def decided(self, now: float, limit: int) -> list[ApprovalRequest]:
        """Return those of the latest `limit` requests that wait no more, the latest first.

        :raise DatabaseProblemError: when they cannot be read.
        """
        found = await self._read(sa.true(), now, limit)
        return [request for request in found if request.state != WAITING]

    async def remove_missing(self) -> None:
        """Remove the rows of build requests that there are no more.

        :raise DatabaseProblemError: when that cannot be done.
        """
        await self._approvals.remove_without(_APPROVALS.c.buildrequestid, _REQUESTS.c.id)
        await self._votes.remove_without(_VOTES.c.approval_id, _APPROVALS.c.id)

    async def _read(
        self,
        where: Any,
        now: float | None,
        limit: int | None = None,
        order: Sequence[Any] = _NEWEST_FIRST,
    ) -> list[ApprovalRequest]:
        """Return requests in an order; as they are stored if `now` is ``None``."""

        def read(connection: Any) -> list[ApprovalRequest]:
            there = self._approvals.is_there(connection) and self._votes.is_there(connection)
            if not there:
                return []
            with connection.begin():
                stored = _stored(connection, where, limit, order)
            return [
                request if now is None else after_time(request, now, has_ended=has_ended)
                for request, has_ended in stored
            ]

        found: list[ApprovalRequest] = await self._approvals.do(read)
        return found

    async def _do(self, work: Callable[[Any], Any]) -> Any:
        """Return what `work` returns; call it again where somebody else has added the same row."""

        def attempt(connection: Any) -> Any:
            try:
                return work(connection)
            except sa.exc.IntegrityError:
                return work(connection)

        return await self._approvals.do(attempt)


def _lock(connection: Any, approval: str) -> bool:
    """Keep others from changing a request until this is stored; return whether it is there."""
    counted = {"changes": _APPROVALS.c.changes + 1}
    update = _APPROVALS.update().where(_APPROVALS.c.id == approval).values(counted)
    return bool(connection.execute(update).rowcount)


def _change(connection: Any, approval: str, now: float, change: Change) -> Changed:
    """Store what `change` makes of a request that is locked, and as it is by now."""
    ((stored, has_ended),) = _stored(connection, _APPROVALS.c.id == approval)
    request = change(after_time(stored, now, has_ended=has_ended))
    if request != stored:
        values = {k: v for k, v in _row(request, now).items() if k not in {"id", "changes"}}
        connection.execute(_APPROVALS.update().where(_APPROVALS.c.id == approval).values(values))
    if request.votes != stored.votes:
        connection.execute(_VOTES.delete().where(_VOTES.c.approval_id == approval))
        rows = [_vote_row(approval, number, vote) for number, vote in enumerate(request.votes)]
        if rows:
            connection.execute(_VOTES.insert(), rows)
    return Changed(request, stored.state)


def _stored(
    connection: Any,
    where: Any,
    limit: int | None = None,
    order: Sequence[Any] = _NEWEST_FIRST,
) -> list[tuple[ApprovalRequest, bool]]:
    """Return requests in an order, each with whether its build request has ended."""
    complete = sa.select(_REQUESTS.c.complete).where(_REQUESTS.c.id == _APPROVALS.c.buildrequestid)
    query = sa.select(
        _APPROVALS.c.id, _APPROVALS.c.state, _APPROVALS.c.content, complete.scalar_subquery()
    )
    rows = connection.execute(query.where(where).order_by(*order).limit(limit)).all()
    votes: dict[str, list[Vote]] = {}
    of_votes = (_VOTES.c.approval_id, _VOTES.c.number)
    for some in conditions(_VOTES.c.approval_id, [row[0] for row in rows]):
        query = sa.select(_VOTES.c.approval_id, _VOTES.c.content).where(some).order_by(*of_votes)
        for approval, content in connection.execute(query):
            votes.setdefault(approval, []).append(_vote(json.loads(content)))
    found = []
    for approval, state, content, is_complete in rows:
        request = _request(json.loads(content), approval, state, tuple(votes.get(approval, ())))
        # A build request that is not there is over.
        found.append((request, is_complete != 0))
    return found


def _row(request: ApprovalRequest, now: float) -> dict[str, Any]:
    content = asdict(request)
    for name in ("id", "state", "votes", "obstacle"):
        del content[name]
    return {
        "id": request.id,
        "buildrequestid": request.build_request,
        "state": request.state,
        "changes": 0,
        "changed_at": int(now),
        "content": json.dumps(content, sort_keys=True),
    }


def _request(
    content: dict[str, Any], approval: str, state: str, votes: tuple[Vote, ...]
) -> ApprovalRequest:
    revisions = tuple(Revision(**each) for each in content.pop("revisions"))
    demands = tuple(Demand(tuple(each["by"]), each["of"]) for each in content.pop("demands"))
    excluded = tuple(content.pop("excluded"))
    return ApprovalRequest(
        id=approval,
        revisions=revisions,
        demands=demands,
        excluded=excluded,
        state=state,
        votes=votes,
        **content,
    )


def _vote_row(approval: str, number: int, vote: Vote) -> dict[str, Any]:
    person = hashlib.sha256(person_key(vote.person).encode("ascii", "backslashreplace")).hexdigest()
    content = json.dumps(asdict(vote), sort_keys=True)
    return {"approval_id": approval, "person": person, "number": number, "content": content}


def _vote(content: dict[str, Any]) -> Vote:
    return Vote(**{**content, "roles": tuple(content["roles"])})
