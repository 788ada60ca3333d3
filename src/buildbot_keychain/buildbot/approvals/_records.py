"""`Records`: the requests in the database, and the events of what happens to them.

All that counts is in the database, so what somebody has said is not lost if a master is killed
before the build goes on, and it may come in on another master than that of the build. An event is
sent when what it tells is stored. It reaches other masters if Buildbot's message queue does.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Awaitable, Callable, Collection
from dataclasses import replace
from typing import Any, TypeVar

from twisted.internet.defer import Deferred, maybeDeferred
from twisted.logger import Logger

from buildbot_keychain.approvals import WAITING, ApprovalRequest, Position, Vote
from buildbot_keychain.buildbot.approvals._events import (
    NEW,
    ROUTE,
    VOTE,
    ApprovalEvent,
    log_event,
)
from buildbot_keychain.buildbot.state import (
    ApprovalsTable,
    Changed,
    DatabaseProblemError,
    WaitingPage,
)
from buildbot_keychain.deferreds import returns_deferred
from buildbot_keychain.policy import is_news

T = TypeVar("T")

_TABLE = "keychain_approvals"

_log = Logger()


class Records:
    """The requests of the masters that share the database of `master`.

    :param master: Buildbot's ``BuildMaster``.
    :ivar events: how many of each kind this master has sent.
    :ivar observer: called with an `ApprovalEvent` of whatever this master has done.
    """

    def __init__(self, master: Any) -> None:
        self._master = master
        self._table = ApprovalsTable(master)
        self._subscribed = False
        self._awaiting: dict[str, set[Deferred[None]]] = {}
        self.events: Counter[str] = Counter()
        self.observer: Callable[[ApprovalEvent], object] = log_event

    @property
    def awaited(self) -> int:
        """How many requests builds of this master wait for."""
        return len(self._awaiting)

    def now(self) -> float:
        """Return the seconds since the epoch."""
        return float(self._master.reactor.seconds())

    def change_of(self, approvals: Collection[str]) -> Deferred[None]:
        """Return what fires when this master knows that something has happened to a request.

        Cancel it when nobody waits for that any more.

        :param approvals: the ids of requests.
        """
        changed: Deferred[None] = Deferred()
        for approval in approvals:
            self._awaiting.setdefault(approval, set()).add(changed)

        def over(_: object) -> None:
            for approval in approvals:
                waiting = self._awaiting.get(approval, set())
                waiting.discard(changed)
                if not waiting:
                    self._awaiting.pop(approval, None)

        return changed.addBoth(over)

    async def ask(self, new: ApprovalRequest) -> ApprovalRequest | None:
        """Store that a build asks: see `ApprovalsTable.ask`.

        :raise StoreError: when the database does not do it.
        """
        await self._subscribe()
        known = await self.read(new.id)
        if known is not None and known.state == WAITING and not is_news(known, new):
            latest = replace(known, demands=new.demands, valid_for=new.valid_for, build=new.build)
            if latest == known:
                return known
        changed = await _stored(self._table.ask(new, self.now()))
        return None if changed is None else self._happened(changed)

    async def vote(self, approval: str, vote: Vote, expected: str) -> ApprovalRequest | None:
        """Store what somebody says: see `ApprovalsTable.vote`.

        :raise StoreError: when the database does not do it.
        """
        changed = await _stored(self._table.vote(approval, vote, expected, self.now()))
        return None if changed is None else self._happened(changed, vote)

    async def read(self, approval: str) -> ApprovalRequest | None:
        """Return a request as it is now.

        :raise StoreError: when it cannot be read.
        """
        return await _stored(self._table.read(approval, self.now()))

    async def waiting(
        self, roles: Collection[str], behind: Position | None, limit: int
    ) -> WaitingPage:
        """Return some of the requests that wait: see `ApprovalsTable.waiting`.

        :raise StoreError: when they cannot be read.
        """
        return await _stored(self._table.waiting(self.now(), roles, behind, limit))

    async def of_build_request(self, buildrequestid: int) -> list[ApprovalRequest]:
        """Return all requests of a build request, the oldest first.

        :raise StoreError: when they cannot be read.
        """
        return await _stored(self._table.all_of_build_request(buildrequestid, self.now()))

    async def decided(self, limit: int) -> list[ApprovalRequest]:
        """Return those of the latest `limit` requests that wait no more, the latest first.

        :raise StoreError: when they cannot be read.
        """
        return await _stored(self._table.decided(self.now(), limit))

    @returns_deferred
    async def clean_up(self) -> None:
        """Remove what is of build requests that there are no more; never fails."""
        try:
            await self._table.remove_missing()
        except Exception as error:  # noqa: BLE001 - they go at the next start
            _log.debug("approvals: removed later ({kind})", kind=type(error).__name__)

    def _happened(self, changed: Changed, vote: Vote | None = None) -> ApprovalRequest:
        """Report a change of a request that is stored, if there was one; return the request."""
        request = changed.request
        counts = vote is not None and vote in request.votes
        waits_again = request.state == WAITING != changed.before
        if changed.before is None or waits_again:
            self._tell(ApprovalEvent(NEW, request))
        elif changed.before != request.state:
            self._tell(ApprovalEvent(request.state, request, vote if counts else None))
        elif counts and request.state == WAITING:
            self._tell(ApprovalEvent(VOTE, request, vote))
        return request

    def _tell(self, event: ApprovalEvent) -> None:
        self.events[event.what] += 1
        try:
            self.observer(event)
        except Exception:  # noqa: BLE001 - what is stored has happened
            _log.failure("while an approval was observed")
        key = (*ROUTE, event.request.id, event.what)
        message = {"approvalid": event.request.id, "what": event.what}
        maybeDeferred(self._master.mq.produce, key, message).addErrback(
            lambda failure: _log.failure("while an approval was announced", failure)
        )
        self._wake(event.request.id)

    def _wake(self, approval: str) -> None:
        for changed in list(self._awaiting.get(approval, ())):
            changed.callback(None)

    async def _subscribe(self) -> None:
        if self._subscribed:
            return
        self._subscribed = True
        consume = self._master.mq.startConsuming
        await maybeDeferred(consume, self._heard, (*ROUTE, None, None))
        await maybeDeferred(consume, self._ended, ("buildrequests", None, "complete"))

    def _heard(self, _key: Any, message: Any) -> None:
        self._wake(message["approvalid"])

    def _ended(self, _key: Any, message: Any) -> None:
        Deferred.fromCoroutine(self._end(message["buildrequestid"])).addErrback(
            lambda failure: _log.failure("while an approval was ended", failure)
        )

    async def _end(self, buildrequestid: int) -> None:
        ids = [each.id for each in await self._table.of_build_request(buildrequestid)]
        for changed in await self._table.settle(ids, self.now()) if ids else ():
            self._happened(changed)


async def _stored(doing: Awaitable[T]) -> T:
    try:
        return await doing
    except DatabaseProblemError as error:
        raise error.of_table(_TABLE) from error
