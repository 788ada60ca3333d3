"""`Reports`: lookups of reporters, which wait out an outage before they fail.

Some reporters look their token up for each report (`GitHubStatusPush`). Buildbot sends a report
once: one that fails is logged, and gone. So the lookup is repeated, and the report is sent late.
Buildbot keeps the order of the reports about one build request.

A report is lost that has waited for `LIMIT`, or whose reporter or master is stopped. All reports
that wait for the same secret of one reporter share the lookups that are repeated.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from itertools import chain, repeat
from typing import Any

from buildbot.reporters.base import ReporterBase
from twisted.internet.defer import Deferred, maybeDeferred
from twisted.logger import Logger, LogLevel
from twisted.python.failure import Failure

from buildbot_keychain.buildbot.outages import Waits
from buildbot_keychain.buildbot.services._messages import cause, name_of, name_of_secret
from buildbot_keychain.details import Requester, SecretDetails
from buildbot_keychain.errors import KeychainError

PAUSES = (5.0, 10.0, 20.0, 40.0, 60.0)
"""Seconds between one lookup and the next; the last one again and again."""

LIMIT = 60 * 60.0
"""Seconds that a report may wait."""

_log = Logger()


class Reports(Waits):
    """The reports of one master that wait for a secret."""

    name = "keychain-reports"

    def __init__(self, master: Any) -> None:
        super().__init__(master)
        # By a reporter's id, as it can be equal to another one, and changes its hash.
        self._ending: set[int] = set()
        # By that, and the name of the secret.
        self._outages: dict[tuple[int, str], _Outage] = {}

    @property
    def waiting(self) -> tuple[str, ...]:
        """One sentence for each reporter and secret that it waits for."""
        return tuple(outage.sentence for outage in self._outages.values())

    def reporter_of(self, requester: Requester) -> Any:
        """Return the reporter that `requester` stands for; ``None`` if it is something else."""
        manager = getattr(self._master, "service_manager", None)
        service = getattr(manager, "namedServices", {}).get(requester.service)
        cls = type(service)
        same = requester.service_class == f"{cls.__module__}.{cls.__qualname__}"
        return service if same and isinstance(service, ReporterBase) else None

    async def wait_out(
        self, reporter: Any, name: str, look_up: Callable[[], Deferred[SecretDetails]]
    ) -> SecretDetails:
        """Return what `look_up` returns; call it again while a retry can help `reporter`.

        :param name: of the secret.
        :raise KeychainError: the one of the last call, or one that says that nobody waits for it.
        """
        key = id(reporter), name
        outage = self._outages.get(key)
        problem: KeychainError | None = None
        if outage is None:
            try:
                return await self._answer(reporter, look_up)
            except KeychainError as error:
                if not error.retryable:
                    raise
                problem = error
                outage = self._outages.get(key)  # of a report that asked at the same time
        waiter: Deferred[SecretDetails] = Deferred()
        waiting = self._master.reactor.seconds(), waiter
        if outage is not None:
            outage.waiting.append(waiting)
        elif problem is not None:
            outage = self._outages[key] = _Outage(reporter, name, look_up, [waiting])
            retrying = Deferred.fromCoroutine(self._retry(outage, problem))
            retrying.addBoth(self._answer_all, key)
        return await waiter

    def end(self, reporter: Any, stop: Callable[[], Any]) -> Deferred[Any]:
        """Have Buildbot `stop` a reporter, which waits for what it has begun to report."""

        def ended(result: Any) -> Any:
            self._ending.discard(id(reporter))
            return result

        self._ending.add(id(reporter))
        self.wake(reporter)
        return maybeDeferred(stop).addBoth(ended)

    async def _retry(self, outage: _Outage, error: KeychainError) -> SecretDetails:
        """Look the secret up until there is an answer, or nobody waits for it any more."""
        for seconds in chain(PAUSES, repeat(PAUSES[-1])):
            self._say(outage, error)
            if not await self.pause(outage.reporter, seconds):
                break
            try:
                return await self._answer(outage.reporter, outage.look_up)
            except KeychainError as problem:
                if not problem.retryable:
                    raise
                error = problem
            latest = self._master.reactor.seconds() - LIMIT
            if all(begun <= latest for begun, _ in outage.waiting):
                break
            over = [waiter for begun, waiter in outage.waiting if begun <= latest]
            outage.waiting = [each for each in outage.waiting if each[0] > latest]
            _deliver(over, Failure(error))
        raise error

    def _answer_all(self, result: SecretDetails | Failure, key: tuple[int, str]) -> None:
        # First: the reporter may ask for it again at once.
        outage = self._outages.pop(key)
        _deliver([waiter for _, waiter in outage.waiting], result)

    async def _answer(
        self, reporter: Any, look_up: Callable[[], Deferred[SecretDetails]]
    ) -> SecretDetails:
        if id(reporter) in self._ending:
            msg = f"{name_of(reporter)} is being stopped, and looks nothing up any more"
            raise KeychainError(msg)
        return await self.answer_of(reporter, look_up())

    def _say(self, outage: _Outage, error: KeychainError) -> None:
        who, what = name_of(outage.reporter), name_of_secret(outage.name)
        sentence = f"{who} waits for {what}: {cause(outage.name, error)}"
        if sentence != outage.sentence:
            _log.emit(LogLevel.warn, "{sentence}", sentence=sentence)
        outage.sentence = sentence


@dataclass(eq=False)
class _Outage:
    """What the reports of one reporter wait for.

    :ivar waiting: since when, and the Deferred of each.
    :ivar sentence: what was said of it last.
    """

    reporter: Any
    name: str
    look_up: Callable[[], Deferred[SecretDetails]]
    waiting: list[tuple[float, Deferred[SecretDetails]]]
    sentence: str = ""


def _deliver(waiters: Iterable[Deferred[SecretDetails]], result: SecretDetails | Failure) -> None:
    for waiter in waiters:
        if waiter.called:  # it was cancelled
            continue
        if isinstance(result, Failure):  # each may change its own
            waiter.errback(Failure(result.value, result.type))
        else:
            waiter.callback(result)
