"""Seeded schedules of who asks, under policies that change.

``python -m tests.support.lookup_requesters SEEDS`` runs that many. The definition, without a cache:
whoever the policy denies a secret when asking is denied it; everybody else gets what the provider
answers to them at a moment between the question and the answer, or, where answers are kept, up to
that long earlier.
"""

from __future__ import annotations

import random
import sys
from typing import Any

from twisted.internet.defer import Deferred
from twisted.internet.task import Clock
from zope.interface import implementer

from buildbot_keychain import Allow, Deny, Requester, Resilience
from buildbot_keychain.configuration import Configuration
from buildbot_keychain.details import PublicText
from buildbot_keychain.errors import DeniedByPolicy, ProviderUnavailable, SecretNotFound
from buildbot_keychain.interfaces import ICanonicalNames, IRequesterAware, ISharesAnswers
from buildbot_keychain.lookups import Lookups
from buildbot_keychain.policies import source_of
from buildbot_keychain.redaction import Redactor

BUILDERS = ("one", "two", "three")
PATHS = ("a", "b", "b|field")
CACHE, STALE = 3.0, 8.0
SETTINGS = (
    Resilience(),
    Resilience(cache=CACHE, cache_absent=1),
    Resilience(stale=STALE),
    Resilience(cache=CACHE, stale=STALE, breaker=2, probe_after=3, concurrency=2),
)
_SLACK = 1e-6


@implementer(ICanonicalNames)
class Plain:
    """Answers everybody alike, from values that change, and is away at times."""

    name = "plain"
    per_builder = False

    def __init__(self, clock: Clock, chance: random.Random) -> None:
        self.clock = clock
        self.chance = chance
        self.away = False
        self.changes: list[float] = [0.0]

    def canonical(self, path: str) -> str:
        return path.partition("|")[0]

    def rotate(self) -> None:
        """Answer with other values from now on."""
        self.changes.append(self.clock.seconds())

    def value(self, path: str, builder: str, version: int) -> str | None:
        """Return what is answered; every fifth value is missing."""
        if (version + PATHS.index(path)) % 5 == 4:
            return None
        return f"{self.name} {path} {builder if self.per_builder else 'all'} {version}"

    def in_time(self, path: str, builder: str, since: float, until: float) -> set[str | None]:
        """Return what is answered at any moment between two."""
        ends = [*self.changes[1:], float("inf")]
        return {
            self.value(path, builder, version)
            for version, (at, end) in enumerate(zip(self.changes, ends, strict=True))
            if at <= until + _SLACK and end >= since - _SLACK
        }

    def get(self, path: str) -> Any:
        return self._answer(path, "nobody")

    def _answer(self, path: str, builder: str) -> Any:
        answer: Deferred[str | None] = Deferred()

        def give() -> None:
            if answer.called:
                return
            if self.away:
                answer.errback(ProviderUnavailable(self.name, path, "it is away"))
                return
            value = self.value(path, builder, len(self.changes) - 1)
            answer.callback(None if value is None else PublicText(value))

        self.clock.callLater(self.chance.random(), give)
        return answer


@implementer(IRequesterAware)
class PerBuilder(Plain):
    """Answers each builder in another way, and does not say so."""

    name = "per-builder"
    per_builder = True

    def get_for(self, path: str, requester: Requester | None) -> Any:
        return self._answer(path, (requester and requester.builder) or "nobody")


@implementer(ISharesAnswers)
class SaysSo(PerBuilder):
    """Answers each builder in another way, and says so."""

    name = "says-so"

    def shared_by(self, path: str, requester: Requester | None) -> Any:
        return (requester and requester.builder) or "nobody"


KINDS = (Plain, PerBuilder, SaysSo)


class Schedule:
    """One seed."""

    def __init__(self, seed: int) -> None:
        self.chance = random.Random(seed)
        self.clock = Clock()
        self.provider = KINDS[seed % 3](self.clock, self.chance)
        self.settings = SETTINGS[seed // 3 % len(SETTINGS)]
        self.what = f"seed {seed}: {self.provider.name} with {self.settings}"
        self.lookups = Lookups(Redactor(), reactor=self.clock)
        self.given = self.denied = 0
        self.waiting: list[Deferred[Any]] = []
        self._change_policy()

    def _change_policy(self) -> None:
        self.allowed = {
            (builder, path)
            for builder in BUILDERS
            for path in ("a", "b")
            if self.chance.random() < 0.6
        }
        rules: list[Any] = [Allow(path, builders=[builder]) for builder, path in self.allowed]
        rules.append(Deny("nothing", builders=["*"]))
        self.configuration = Configuration(
            (self.provider,),
            policies=source_of(rules, None),
            resilience={self.provider.name: self.settings},
        )

    def run(self) -> None:
        """Run it, and check everything."""
        for _ in range(60):
            self.clock.advance(self.chance.choice((0, 0.1, 0.5, 1)))
            what = self.chance.random()
            if what < 0.7:
                for _ in range(self.chance.choice((1, 4))):
                    self._look_up()
            elif what < 0.8:
                self.provider.rotate()
            elif what < 0.85:
                self.provider.away = not self.provider.away
            elif what < 0.95:
                self._change_policy()
            elif self.waiting:
                self.chance.choice(self.waiting).cancel()
        self.clock.pump([1] * 120)
        self._assert(all(one.called for one in self.waiting), "a lookup has no end")
        self._assert(not self.clock.getDelayedCalls(), "timers are left")

    def _look_up(self) -> None:
        builder, path = self.chance.choice(BUILDERS), self.chance.choice(PATHS)
        is_allowed = (builder, self.provider.canonical(path)) in self.allowed
        began, kept = self.clock.seconds(), max(self.settings.cache, self.settings.stale)
        requester = Requester("build", builder=builder, outside=False)
        lookup = self.lookups.get(self.configuration, path, requester)
        self.waiting.append(lookup)

        def found(details: Any) -> None:
            self._assert(is_allowed, f"{builder} was given {path}")
            held = self.provider.in_time(path, builder, began - kept, self.clock.seconds())
            self._assert(details.value in held, f"{builder} was given {details.value!r}: {held}")
            self.given += 1

        def failed(failure: Any) -> None:
            denied = failure.check(DeniedByPolicy) is not None
            self._assert(denied is not is_allowed, f"{builder} and {path}: {failure.value}")
            self.denied += denied
            if failure.check(SecretNotFound):
                since = began - self.settings.cache_absent
                held = self.provider.in_time(path, builder, since, self.clock.seconds())
                self._assert(None in held, f"{builder}: {path} was not missing")

        lookup.addCallbacks(found, failed)
        lookup.addErrback(self._broken)
        if lookup.called:
            self._raise_broken()

    broken: Any = None

    def _broken(self, failure: Any) -> None:
        self.broken = self.broken or failure

    def _raise_broken(self) -> None:
        if self.broken is not None:
            self.broken.raiseException()

    def _assert(self, holds: bool, problem: str) -> None:
        if not holds:
            raise AssertionError(f"{self.what}: {problem}")


def run(seeds: range) -> tuple[int, int]:
    """Run schedules; return how many lookups were given a value, and how many were denied one."""
    given = denied = 0
    for seed in seeds:
        schedule = Schedule(seed)
        schedule.run()
        schedule._raise_broken()
        given += schedule.given
        denied += schedule.denied
    return given, denied


def main() -> None:
    given, denied = run(range(int(sys.argv[1])))
    sys.stdout.write(f"{sys.argv[1]} schedules: {given} were given, {denied} denied, rightly\n")


if __name__ == "__main__":
    main()
