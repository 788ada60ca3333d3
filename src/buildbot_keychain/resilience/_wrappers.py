"""`Wrappers`: what stands between lookups and one provider; `AllWrappers` has those of each.

From the outside in, where the settings want it::

    Flights        one question for all who ask the same
    LastAnswers    the last answer is given while the provider is unavailable; it is never kept anew
    Cache          answers are kept
    Breaker        the provider is not asked for a while
    Rate           so many questions a second
    Concurrency    so many questions at once
    Measure        counts
    Deadline       no answer in time is a failure
"""

from __future__ import annotations

import weakref
from collections.abc import Collection
from functools import partial
from typing import Any

from buildbot_keychain.resilience._breakers import CLOSED, Breaker
from buildbot_keychain.resilience._caches import Cache
from buildbot_keychain.resilience._deadlines import Deadline
from buildbot_keychain.resilience._flights import Flights
from buildbot_keychain.resilience._limits import Concurrency, Rate
from buildbot_keychain.resilience._queries import Ask, Query, Wrapper
from buildbot_keychain.resilience._settings import Resilience
from buildbot_keychain.resilience._stale import LastAnswers
from buildbot_keychain.resilience._state import Measure, ProviderState
from buildbot_keychain.secretive import secretive


@secretive
class Wrappers:
    """What stands between lookups and one provider.

    :param name: the provider's name.
    :param deadline: seconds that a lookup may take.
    :param clock: an ``IReactorTime``.
    :ivar skipped: how many lookups went on to the next provider.
    """

    def __init__(
        self,
        name: str,
        settings: Resilience,
        deadline: float,
        clock: Any,  # noqa: ANN401 - as documented
    ) -> None:
        self._name = name
        timeout = deadline if settings.timeout is None else settings.timeout
        self._flights = Flights()
        self._cache = self._last = self._breaker = self._rate = self._concurrency = None
        if settings.cache:
            self._cache = Cache(clock, settings.cache, settings.cache_absent)
        if settings.stale:
            self._last = LastAnswers(clock, settings.stale)
        if settings.breaker is not None:
            self._breaker = Breaker(clock, settings.breaker, settings.probe_after)
        if settings.rate is not None:
            self._rate = Rate(clock, settings.rate, timeout)
        if settings.concurrency is not None:
            self._concurrency = Concurrency(clock, settings.concurrency, timeout)
        self._measure = Measure(clock)
        wrappers: tuple[Wrapper | None, ...] = (
            self._flights,
            self._last,
            self._cache,
            self._breaker,
            self._rate,
            self._concurrency,
            self._measure,
            Deadline(clock, timeout),
        )
        self._inwards = [wrapper for wrapper in wrappers if wrapper is not None]
        self._keepers = [keeper for keeper in (self._last, self._cache) if keeper is not None]
        self.skipped = 0

    def kept(self, query: Query) -> object:
        """Return what `Cache.kept` returns; ``None`` where no answers are kept."""
        return None if self._cache is None else self._cache.kept(query)

    def is_under_way(self, query: Query) -> bool:
        """Return whether `query` would wait for the question of another lookup."""
        return self._flights.is_under_way(query)

    async def ask(self, query: Query, provider: Ask, *, is_asked: bool = True) -> object:
        """Return the answer to `query`, for which there is none that is kept, or a `LastAnswer`.

        :param provider: asks the provider.
        :param is_asked: whether it does, rather than fail in its place: that neither waits for
            others, nor says anything of the provider.
        """
        ask = provider
        for wrapper in reversed(self._inwards if is_asked else self._keepers):
            ask = partial(wrapper.ask, query, ask)
        return await ask()

    def begin_eviction(self) -> set[str]:
        """Have no answer kept that is under way; return the paths that answers are kept for."""
        self._flights.evict()
        paths: set[str] = set()
        for keeper in self._keepers:
            keeper.begin_eviction()
            paths |= keeper.answers.paths()
        return paths

    def evict(self, paths: Collection[str]) -> None:
        """Drop the answers that are kept for `paths`."""
        for keeper in self._keepers:
            keeper.evict(lambda query: query.path in paths)

    @property
    def state(self) -> ProviderState:
        """How the provider does."""
        cache, last, breaker, measure = self._cache, self._last, self._breaker, self._measure
        return ProviderState(
            self._name,
            breaker=CLOSED if breaker is None else breaker.state,
            opened=0 if breaker is None else breaker.opened,
            asked=measure.asked,
            in_progress=measure.in_progress,
            waiting=sum(limit.waiting for limit in (self._rate, self._concurrency) if limit),
            joined=self._flights.joined,
            cached=0 if cache is None else len(cache.answers),
            hits=0 if cache is None else cache.hits,
            misses=0 if cache is None else cache.misses,
            stale=0 if last is None else last.served,
            is_stale=last is not None and last.is_serving,
            skipped=self.skipped,
            errors=dict(measure.errors),
            latencies=tuple(measure.latencies),
            seconds=measure.seconds,
        )


@secretive
class AllWrappers:
    """The wrappers of every provider, each for as long as there is its provider.

    Those of a provider whose settings have changed are new.
    """

    def __init__(self) -> None:
        self._found: dict[int, tuple[Any, Resilience, float, Wrappers]] = {}

    def of(self, provider: Any, settings: Resilience, deadline: float, clock: Any) -> Wrappers:  # noqa: ANN401 - any object that provides ISecretProvider
        """Return the wrappers of `provider`, or of what it stands for, if it does that."""
        provider = getattr(provider, "stands_for", provider)
        found = self._found.get(id(provider))
        if found is not None and found[1:3] == (settings, deadline):
            return found[3]
        wrappers = Wrappers(provider.name, settings, deadline, clock)
        key = id(provider)
        try:
            reference: Any = weakref.ref(provider, lambda _: self._found.pop(key, None))
        except TypeError:  # one with slots
            reference = provider
        self._found[key] = (reference, settings, deadline, wrappers)
        return wrappers

    def forget(self, provider: Any) -> None:  # noqa: ANN401 - any object that provides ISecretProvider
        """Have `provider` begin anew, with nothing that is kept: it is another one now."""
        self._found.pop(id(provider), None)
