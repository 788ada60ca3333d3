"""`Reports`: lookups of reporters, which wait out an outage so that no report is lost.

Some reporters look their token up for each report (`GitHubStatusPush`). Buildbot sends a report
once: one that fails is logged, and gone. So the lookup is repeated, and the report is sent late.
Buildbot keeps the order of the reports about one build request.

A reporter that leaves the master waits no longer.
"""

from __future__ import annotations

from collections.abc import Callable
from itertools import chain, repeat
from typing import Any
from weakref import WeakSet

from buildbot.reporters.base import ReporterBase
from twisted.internet.defer import Deferred, maybeDeferred
from twisted.logger import Logger, LogLevel

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
        self._ending: WeakSet[Any] = WeakSet()
        # What is said of each lookup that waits.
        self._sentences: dict[object, str] = {}

    @property
    def waiting(self) -> tuple[str, ...]:
        """One sentence for each reporter and secret that it waits for."""
        return tuple(dict.fromkeys(self._sentences.values()))

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
        pauses = chain(PAUSES, repeat(PAUSES[-1]))
        begun: float | None = None
        this = object()
        try:
            while True:
                try:
                    return await self._answer(reporter, look_up)
                except KeychainError as error:  # noqa: PERF203 - each time may be the last
                    now = self._master.reactor.seconds()
                    begun = now if begun is None else begun
                    if not error.retryable or now - begun >= LIMIT:
                        raise
                    self._say(this, f"{name_of(reporter)} waits", name, error)
                    if not await self.pause(reporter, next(pauses)):
                        raise
        finally:
            self._sentences.pop(this, None)

    def end(self, reporter: Any, stop: Callable[[], Any]) -> Deferred[Any]:
        """Have Buildbot `stop` a reporter, which waits for what it has begun to report."""

        def ended(result: Any) -> Any:
            self._ending.discard(reporter)
            return result

        self._ending.add(reporter)
        self.wake(reporter)
        return maybeDeferred(stop).addBoth(ended)

    async def _answer(
        self, reporter: Any, look_up: Callable[[], Deferred[SecretDetails]]
    ) -> SecretDetails:
        if reporter in self._ending:
            msg = f"{name_of(reporter)} is being stopped, and looks nothing up any more"
            raise KeychainError(msg)
        return await self.answer_of(reporter, look_up())

    def _say(self, lookup: object, who: str, name: str, error: KeychainError) -> None:
        sentence = f"{who} for {name_of_secret(name)}: {cause(name, error)}"
        if sentence not in self._sentences.values():
            _log.emit(LogLevel.warn, "{sentence}", sentence=sentence)
        self._sentences[lookup] = sentence
