"""`Waiting`: repeats lookups of builds while their provider cannot be reached.

Only a step can wait, and the preparation of a build, for its latent worker or for the properties
that it has received: it shows so in its state. Whatever else looks something up for a build, such
as the storing of its properties, gets the error at once.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import chain, repeat
from typing import Any
from weakref import WeakKeyDictionary, WeakSet

from twisted.internet.defer import Deferred, maybeDeferred

from buildbot_keychain.buildbot.outages._retries import provider_of
from buildbot_keychain.buildbot.outages._waits import Waits
from buildbot_keychain.details import SecretDetails
from buildbot_keychain.errors import KeychainError

DEFAULT_LIMIT = 60.0
"""Seconds that a build waits for a provider, by default."""

PAUSES = (1.0, 2.0, 4.0, 8.0, 10.0)
"""Seconds between one lookup and the next; the last one again and again."""

LONGEST_LIMIT = 24 * 60 * 60.0
"""Seconds that a build may be configured to wait."""


class Waiting(Waits):
    """The lookups of builds of one master that wait.

    :param limit: returns the seconds that a build may wait.
    :param end_outage: is called with the name of a provider that a build waited for and got its
        secret.
    """

    name = "keychain-waiting"

    def __init__(
        self, master: Any, limit: Callable[[], float], end_outage: Callable[[str], None]
    ) -> None:
        super().__init__(master)
        self._limit = limit
        self._end_outage = end_outage
        # Builds that have waited for as long as they may; their other steps do not wait as well.
        self._exhausted: WeakSet[Any] = WeakSet()
        # Builds that need secrets before their first step.
        self._preparing: WeakSet[Any] = WeakSet()
        self._stopped: WeakKeyDictionary[Any, int] = WeakKeyDictionary()

    async def wait_out(
        self, build: Any, look_up: Callable[[], Deferred[SecretDetails]]
    ) -> SecretDetails:
        """Return what `look_up` returns; call it again while a retry can help `build`.

        A step that is stopped, or has lost its worker, does not wait for the call.

        :raise KeychainError: the one of the last call, or one that says that the build was stopped.
        """
        pauses = chain(PAUSES, repeat(PAUSES[-1]))
        begun: float | None = None
        provider = ""
        step: Any = None
        while True:
            try:
                details = await self._unless_stopped(build, look_up())
            except KeychainError as error:  # noqa: PERF203 - each time may be the last
                if not error.retryable:
                    raise
                now = self._master.reactor.seconds()
                begun = now if begun is None else begun
                provider = provider_of(error)
                step = self.step_that_waits(build)
                if not self._may_wait(build, step, now - begun):
                    raise
                await self._show(step, error, now - begun)
                seconds = min(next(pauses), self._limit() - (now - begun))
                if is_stopped(build, step) or not await self.pause(build, seconds):
                    raise
            else:
                if begun is not None:
                    self._end_outage(provider)
                if step is not None and step._running:  # noqa: SLF001 - as Buildbot has it
                    step.updateSummary()
                return details

    @contextmanager
    def preparing(self, build: Any) -> Iterator[None]:
        """Let `build` wait, in a ``with`` block, before its first step, as its steps do."""
        self._preparing.add(build)
        try:
            yield
        finally:
            self._preparing.discard(build)

    @contextmanager
    def ending(self, build: Any, results: int) -> Iterator[None]:
        """Have Buildbot stop `build`, to end with these `results`, and then what it waits for."""
        self.stop(build, results)
        yield
        self.wake(build)

    def stop(self, build: Any, results: int) -> None:
        """Note that `build` is being stopped, and is to end with these `results`."""
        self._stopped[build] = results

    def results_of_stopped(self, build: Any) -> int | None:
        """Return with what `build` is to end because it was stopped; ``None`` if it was not.

        Buildbot has noted that its steps are to stop by then, but perhaps not yet with what result.
        """
        return self._stopped.get(build)

    def step_that_waits(self, build: Any) -> Any:
        """Return the step of `build` that needs a secret now, or ``None`` if none does."""
        step = build.currentStep
        if step is not None:
            return step if step.results is None else None
        is_prepared = build in self._preparing or build._is_substantiating  # noqa: SLF001 - as Buildbot has it
        return build._preparation_step if is_prepared else None  # noqa: SLF001 - the same

    def _may_wait(self, build: Any, step: Any, waited: float) -> bool:
        if step is None or is_stopped(build, step) or build in self._exhausted:
            return False
        if waited >= self._limit():
            self._exhausted.add(build)
            return False
        return True

    async def _show(self, step: Any, error: KeychainError, waited: float) -> None:
        if step.stepid is not None:
            provider = provider_of(error) or "the provider"
            state = f"waiting for {provider}, {waited:.0f} s"
            await maybeDeferred(self._master.data.updates.setStepStateString, step.stepid, state)

    async def _unless_stopped(self, build: Any, lookup: Deferred[SecretDetails]) -> SecretDetails:
        """Wait for `lookup`, but no longer than a step of `build` has a use for it.

        The step ends with what the build is to end with, as after any other error of ours.
        """
        if self.step_that_waits(build) is None:
            return await lookup
        return await self.answer_of(build, lookup)


def is_stopped(build: Any, step: Any) -> bool:
    """Return whether `step` of `build` is to end now."""
    return bool(build.stopped or build.finished or step.stopped)
