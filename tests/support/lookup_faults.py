"""Seeded schedules of lookups while one of three providers is ill, on the clock of a test.

``python -m tests.support.lookup_faults SEEDS`` runs that many. Each seed has a fault, the position
of the provider that has it, and settings; lookups, rotations and cancellations come at random
times.
What a lookup may end with follows from what each provider held in the time that counts for it.
"""

from __future__ import annotations

import gc
import random
import sys
import threading
from dataclasses import dataclass, field
from typing import Any

from twisted.internet.defer import CancelledError, Deferred, fail, succeed
from twisted.internet.task import Clock, deferLater

from buildbot_keychain import Resilience, SecretManager
from buildbot_keychain.details import PublicText
from buildbot_keychain.errors import (
    AccessDenied,
    ProviderError,
    ProviderUnavailable,
    SecretNotFound,
)

FAULTS = ("well", "slow", "hung", "failing", "flapping", "lying")
SETTINGS = (
    Resilience(),
    Resilience(timeout=5),
    Resilience(cache=3, cache_absent=2),
    Resilience(stale=20, timeout=4),
    Resilience(breaker=2, probe_after=4, timeout=3),
    Resilience(concurrency=1, timeout=5),
    Resilience(rate=2, timeout=5),
    Resilience(optional=True, timeout=3),
    Resilience(
        timeout=4,
        cache=3,
        cache_absent=1,
        stale=20,
        breaker=2,
        probe_after=4,
        concurrency=2,
        rate=3,
        optional=True,
    ),
)
KINDS = len(FAULTS) * 3 * len(SETTINGS)
DEADLINE = 12.0
LENGTH = 40.0
"""Seconds in which lookups begin."""

PATHS = ("one", "two", "three")
_SLACK = 1e-6


class ExactClock(Clock):
    """Calls what is due at its time, and not when the clock has been advanced beyond it."""

    def advance(self, amount: float) -> None:
        end = self.seconds() + amount
        while self.calls and self.calls[0].getTime() < end:
            super().advance(max(0.0, self.calls[0].getTime() - self.seconds()))
        super().advance(max(0.0, end - self.seconds()))


class Provider:
    """Holds values that change, and has a fault."""

    def __init__(self, name: str, clock: Clock, chance: random.Random, fault: str) -> None:
        self.name = name
        self.clock = clock
        self.chance = chance
        self.fault = fault
        self.held: dict[str, list[tuple[float, str | None]]] = {p: [] for p in PATHS}
        for path in PATHS:
            self.rotate(path)

    def rotate(self, path: str) -> None:
        """Hold another value from now on, or none."""
        now = self.clock.seconds()
        value = f"{self.name} {path} {now}" if self.chance.random() < 0.6 else None
        self.held[path].append((now, value))

    def in_time(self, path: str, since: float, until: float) -> set[str | None]:
        """Return what was held at any moment between two."""
        times = [at for at, _ in self.held[path]] + [float("inf")]
        return {
            value
            for (at, value), end in zip(self.held[path], times[1:], strict=True)
            if at <= until + _SLACK and end >= since - _SLACK
        }

    def get(self, path: str) -> Any:
        """Answer as the fault has it."""
        fault, chance = self.fault, self.chance
        if fault == "flapping":
            fault = "failing" if int(self.clock.seconds() / 7) % 2 else "well"
        if fault == "hung":
            return Deferred() if chance.random() < 0.5 else Deferred(lambda _: None)
        if fault == "failing":
            problem = self._problem(path, (ProviderUnavailable, ProviderUnavailable, OSError))
            if chance.random() < 0.3:
                raise problem
            return fail(problem)
        if fault == "lying" and chance.random() < 0.6:
            return self._lie(path)
        if chance.random() < 0.2 and fault == "well":
            return self._value(path)
        return self._later(path, chance.uniform(1, 8) if fault == "slow" else chance.random() / 5)

    def _problem(self, path: str, kinds: tuple[type[Exception], ...]) -> Exception:
        kind = self.chance.choice(kinds)
        if issubclass(kind, ProviderError):
            return kind(self.name, path, "it says no")
        return kind("no")

    def _lie(self, path: str) -> Any:
        way = self.chance.randrange(4)
        if way == 0:
            return succeed(self.chance.choice((42, b"\xff", "\udcff", [])))
        if way == 1:
            return fail(self._problem(path, (AccessDenied, CancelledError, ValueError)))
        if way == 2:

            async def stubborn() -> object:
                for _ in range(3):
                    await self._waited(30)
                return self._value(path)

            return Deferred.fromCoroutine(stubborn())
        answer: Deferred[object] = Deferred(lambda one: one.callback(42))
        return answer

    async def _waited(self, seconds: float) -> None:
        try:
            await deferLater(self.clock, seconds)
        except CancelledError:
            await deferLater(self.clock, 0.5)

    def _later(self, path: str, seconds: float) -> Any:
        return deferLater(self.clock, seconds).addCallback(lambda _: self._value(path))

    def _value(self, path: str) -> str | None:
        value = self.held[path][-1][1]
        return None if value is None else PublicText(value)


@dataclass
class Lookup:
    """A lookup, and what has become of it."""

    name: str
    began: float
    deferred: Deferred[Any]
    cancelled: bool = False
    ended: float | None = None
    results: list[Any] = field(default_factory=list)


class Schedule:
    """One seed."""

    def __init__(self, seed: int) -> None:
        kind, position = divmod(seed % KINDS, 3)
        number, fault = divmod(kind, len(FAULTS))
        self.settings = SETTINGS[number]
        self.what = f"seed {seed}: {FAULTS[fault]} at {position} with {self.settings}"
        self.chance = random.Random(seed)
        self.clock = ExactClock()
        faults = ["well"] * 3
        faults[position] = FAULTS[fault]
        self.ill = f"p{position}"
        """The name of the provider with the fault and the settings."""
        self.fault = FAULTS[fault]
        self.providers = [
            Provider(f"p{at}", self.clock, self.chance, one) for at, one in enumerate(faults)
        ]
        self.manager = SecretManager(
            self.providers,
            reactor=self.clock,
            deadline=DEADLINE,
            resilience={self.ill: self.settings},
        )
        self.lookups: list[Lookup] = []

    def run(self) -> None:
        """Run it, and check everything."""
        self.manager.startService()
        stops_at = self.chance.uniform(5, LENGTH) if self.chance.random() < 0.3 else None
        while self.clock.seconds() < LENGTH:
            self.clock.advance(self.chance.choice((0, 0.01, 0.3, 1)))
            if stops_at is not None and self.clock.seconds() > stops_at:
                self.manager.stopService()
                self._assert(all(one.results for one in self.lookups), "a lookup outlives the stop")
                break
            self._act()
        for _ in range(200):
            self.clock.advance(1)
        self._check_what_is_left()
        if self.manager.running:
            self._check_recovery()
        for one in self.lookups:
            self._check(one)

    def _act(self) -> None:
        what = self.chance.random()
        if what < 0.6:
            for _ in range(self.chance.choice((1, 1, 3))):
                self._look_up()
        elif what < 0.75:
            self.chance.choice(self.providers).rotate(self.chance.choice(PATHS))
        elif what < 0.85 and self.lookups:
            one = self.chance.choice(self.lookups)
            if not one.results:
                one.cancelled = True
                one.deferred.cancel()

    def _look_up(self) -> None:
        name = self.chance.choice(PATHS)
        if self.chance.random() < 0.4:
            name = f"p{self.chance.randrange(3)}!{name}"
        one = Lookup(name, self.clock.seconds(), self.manager.get(name))

        def end(result: Any) -> None:
            one.results.append(result)
            one.ended = self.clock.seconds()

        one.deferred.addCallbacks(lambda d: end((d.source, d.value)), lambda f: end(f.value))
        self.lookups.append(one)

    def _check_what_is_left(self) -> None:
        self.manager._watch.stop()  # it belongs to no lookup
        self._assert(not self.clock.getDelayedCalls(), f"timers: {self.clock.getDelayedCalls()}")
        for state in self.manager.state.values():
            self._assert((state.in_progress, state.waiting) == (0, 0), str(state))

    def _check_recovery(self) -> None:
        """All are well again: each lookup ends with what there is."""
        for provider in self.providers:
            provider.fault = "well"
        for path in PATHS:
            found: list[Any] = []
            lookup = self.manager.get(f"{self.ill}!{path}")
            lookup.addCallback(lambda details: details.value).addErrback(lambda f: f.value)
            lookup.addCallback(found.append)
            self.clock.advance(1)
            ill = next(provider for provider in self.providers if provider.name == self.ill)
            wanted = ill.held[path][-1][1]
            result = found[0] if found else "nothing"
            is_missing = wanted is None and isinstance(result, SecretNotFound)
            self._assert(result == wanted or is_missing, f"it did not recover: {result!r}")

    def _check(self, one: Lookup) -> None:
        self._assert(len(one.results) == 1 and one.ended is not None, f"{one.name}: no end")
        assert one.ended is not None
        self._assert(one.ended <= one.began + DEADLINE + _SLACK, f"{one.name}: took too long")
        timeout = self.settings.timeout
        if timeout is not None and one.name.startswith(f"{self.ill}!"):
            turns = sum(
                limit is not None for limit in (self.settings.rate, self.settings.concurrency)
            )
            longest = timeout * (1 + turns) + _SLACK
            self._assert(one.ended <= one.began + longest, f"{one.name}: more than its time-out")
        (result,) = one.results
        prefix, mark, path = one.name.partition("!")
        asked = [p for p in self.providers if not mark or p.name == prefix]
        path = path if mark else one.name
        if isinstance(result, tuple):
            self._check_value(one, asked, path, result)
        elif isinstance(result, SecretNotFound):
            for provider in asked:
                self._assert(None in self._held(provider, path, one, found=False), "it is there")
        elif isinstance(result, ProviderUnavailable):
            limited = self.settings.rate or self.settings.concurrency
            self._assert(self.fault != "well" or bool(limited), f"all are well: {result}")
        elif isinstance(result, ProviderError):
            self._assert(self.fault in {"failing", "flapping", "lying"}, f"{result}")
        else:
            lying = self.fault == "lying" or one.cancelled
            stopped = not self.manager.running
            ends = isinstance(result, CancelledError) and (lying or stopped)
            self._assert(ends, f"{one.name}: {result!r}")

    def _check_value(self, one: Lookup, asked: list[Provider], path: str, result: Any) -> None:
        for provider in asked:
            if provider.name == result[0]:
                held = self._held(provider, path, one, found=True)
                self._assert(result[1] in held, f"{result} is none of {held}")
                return
            skipped = provider.name == self.ill and self.settings.optional and self.fault != "well"
            absent = None in self._held(provider, path, one, found=False)
            limited = provider.name == self.ill and self.settings.optional
            self._assert(skipped or absent or limited, f"{provider.name} was passed over")
        self._assert(False, f"{result[0]} was not asked")

    def _held(self, provider: Provider, path: str, one: Lookup, *, found: bool) -> set[str | None]:
        assert one.ended is not None
        kept = 0.0
        if provider.name == self.ill:
            settings = self.settings
            kept = max(settings.cache, settings.stale) if found else settings.cache_absent
        return provider.in_time(path, one.began - kept, one.ended)

    def _assert(self, holds: bool, problem: str) -> None:
        if not holds:
            raise AssertionError(f"{self.what}: {problem}")


def run(seeds: range) -> int:
    """Run schedules, and return how many lookups there were; nothing must be left of them."""
    looked_up = 0
    threads = threading.active_count()
    gc.collect()
    left = sum(isinstance(one, Deferred) for one in gc.get_objects())
    for seed in seeds:
        schedule = Schedule(seed)
        schedule.run()
        looked_up += len(schedule.lookups)
        del schedule
    gc.collect()
    assert threading.active_count() == threads
    assert sum(isinstance(one, Deferred) for one in gc.get_objects()) <= left
    return looked_up


def main() -> None:
    count = int(sys.argv[1])
    looked_up = run(range(count))
    sys.stdout.write(
        f"{count} schedules of {KINDS} kinds: {looked_up} lookups, all as they should be\n"
    )


if __name__ == "__main__":
    main()
