"""`Retries`: leaves the requests of builds alone for a while, after which they are built again.

Buildbot builds a request again as soon as its build has ended with ``RETRY``. In an outage, that
would go on all the time. What is known of a request is forgotten when it is complete.
"""

from __future__ import annotations

from typing import Any, NamedTuple
from weakref import WeakKeyDictionary

from buildbot.process.results import FAILURE, RETRY, worst_status
from twisted.application.service import Service
from twisted.internet.defer import maybeDeferred
from twisted.logger import Logger

from buildbot_keychain.errors import KeychainError

FIRST_PAUSE = 15.0
"""Seconds before the first retry; each pause is twice as long as the one before."""

LONGEST_PAUSE = 120.0
"""Seconds; no pause is longer."""

MOST_RETRIES = 30
"""How often a request is built again; with the default limits, that is about 90 minutes."""

_log = Logger()


def provider_of(error: KeychainError) -> str:
    """Return the name of the provider that could not be reached, or a blank text."""
    return str(getattr(error, "provider", ""))


class _Pause(NamedTuple):
    """What ends a pause, and which builder and provider it is for."""

    end: Any
    builder: str
    provider: str


class Retries(Service):
    """The build requests of one master that wait to be built again.

    It becomes a service of the master when there is the first one.

    :param master: Buildbot's ``BuildMaster``.
    """

    name = "keychain-retries"

    def __init__(self, master: Any) -> None:
        self._master = master
        self._retried: WeakKeyDictionary[Any, KeychainError] = WeakKeyDictionary()
        self._unprepared: WeakKeyDictionary[Any, tuple[list[str], int]] = WeakKeyDictionary()
        # By the id of a build request.
        self._counts: dict[int, int] = {}
        self._pauses: dict[int, _Pause] = {}

    @property
    def count(self) -> int:
        """How many build requests wait."""
        return len(self._pauses)

    def retry(self, build: Any, error: KeychainError) -> None:
        """Note that `build` ends because of `error`, and that a retry may help."""
        self._retried.setdefault(build, error)

    def end_unprepared(self, build: Any, text: list[str], results: int) -> None:
        """Have `build`, which cannot begin, end with `text` and `results`, not with Buildbot's."""
        self._unprepared[build] = text, results

    def is_paused(self, request: int) -> bool:
        """Return whether the build request with this id is not to be built now."""
        return request in self._pauses

    def at_end(self, build: Any, text: list[str], results: int) -> tuple[list[str], int]:
        """Return with which text and results `build` ends; begin the pause before a retry.

        :param text: what Buildbot would end it with.
        :param results: the same.
        """
        text, results = self._unprepared.pop(build, (text, results))
        error = self._retried.pop(build, None)
        if error is None or worst_status(build.results, results) != RETRY:
            return text, results
        requests = [request.id for request in build.requests]
        count = 1 + max(self._counts.get(request, 0) for request in requests)
        if count > MOST_RETRIES:
            build.results = FAILURE
            return [f"failed after {MOST_RETRIES} retries: {error.page_message}"], FAILURE
        self._begin()
        seconds = min(FIRST_PAUSE * 2 ** (count - 1), LONGEST_PAUSE)
        for request in requests:
            self._counts[request] = count
            end = self._master.reactor.callLater(seconds, self._resume, request)
            self._pauses[request] = _Pause(end, build.builder.name, provider_of(error))
        return [*text, f"(again in {seconds:.0f} s)"], results

    def end_outage(self, provider: str) -> None:
        """End the pauses of requests whose builds needed `provider`: it answers again."""
        ended = [number for number, pause in self._pauses.items() if pause.provider == provider]
        pauses = [self._pauses.pop(number) for number in ended]
        for pause in pauses:
            pause.end.cancel()
        for builder in sorted({pause.builder for pause in pauses}):
            self._master.botmaster.maybeStartBuildsForBuilder(builder)

    def stopService(self) -> None:
        """Forget the pauses: the next start builds the requests at once."""
        super().stopService()
        for pause in self._pauses.values():
            pause.end.cancel()
        self._pauses.clear()

    def _begin(self) -> None:
        if self.parent is None:
            maybeDeferred(self.setServiceParent, self._master)
            ends = ("buildrequests", None, "complete")
            maybeDeferred(self._master.mq.startConsuming, self._forget, ends).addErrback(
                lambda failure: _log.failure("while subscribing to build requests", failure)
            )

    def _resume(self, request: int) -> None:
        pause = self._pauses.pop(request)
        self._master.botmaster.maybeStartBuildsForBuilder(pause.builder)

    def _forget(self, _key: Any, message: Any) -> None:
        request = message["buildrequestid"]
        self._counts.pop(request, None)
        pause = self._pauses.pop(request, None)
        if pause is not None:
            pause.end.cancel()
