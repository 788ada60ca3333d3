"""Compares lookups that are kept with a bare dictionary; counts the questions that are shared.

Run ``python -m tests.benchmarks.lookups`` at the top of the repository. A lookup passes a policy,
the cache and the redactor, which knows the value. It fails where that takes more than `MOST` times
as long as ``succeed(values[name])``, which decides, hides and checks nothing.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from typing import Any

from twisted.internet.defer import Deferred, gatherResults, succeed

from buildbot_keychain import Allow, Requester, Resilience, Secret, SecretManager
from buildbot_keychain.details import PublicText
from tests.support.fakes import DictProvider

NAMES = 100
MOST = 150
"""Times as long as a bare dictionary."""

BUILD = Requester("build", builder="linux", outside=False)


def manager(*, policy: bool) -> SecretManager:
    """Return a manager whose answers are kept, and known to its redactor."""
    values = {f"n{number}": f"value-{number}-8fK2vQ" for number in range(NAMES)}
    rules = [Allow(list(values), builders=["linux"])] if policy else None
    made = SecretManager(
        [DictProvider("d", values)], policy=rules, resilience={"d": Resilience(cache=3600)}
    )
    for name in values:
        made.get(name, BUILD)
        # What has piled up is compiled in a thread, for which nobody waits here.
        made.redactor.redact("")
    return made


def seconds(look_up: Callable[[str], object]) -> float:
    """Return the processor time that one takes, at the best of ten times."""
    names = [f"n{number % NAMES}" for number in range(2000)]
    best = float("inf")
    for _ in range(10):
        began = time.process_time()
        for name in names:
            look_up(name)
        best = min(best, time.process_time() - began)
    return best / len(names)


def bare() -> Callable[[str], object]:
    """Return what looks names up in a dictionary."""
    values = {f"n{number}": f"value-{number}" for number in range(NAMES)}
    return lambda name: succeed(values[name])


def ratio(*, policy: bool) -> float:
    """Return how many times as long a lookup that is kept takes as a bare dictionary."""
    made = manager(policy=policy)
    return seconds(lambda name: made.get(name, BUILD)) / seconds(bare())


def shared(renders: int, names: int) -> tuple[int, float]:
    """Return how many questions simultaneous renders lead to, and their processor time."""
    asked: list[Deferred[Any]] = []

    class Provider(DictProvider):
        def get(self, path: str) -> Any:
            answer: Deferred[Any] = Deferred()
            asked.append(answer)
            return answer

    made = SecretManager([Provider("d", {})])
    began = time.process_time()
    rendering = [made.render(Secret(f"n{number % names}")) for number in range(renders)]
    for answer in asked:
        answer.callback(PublicText("value"))
    done: list[object] = []
    gatherResults(rendering).addCallback(done.append)
    if not done:
        sys.exit("not all were rendered")
    return len(asked), time.process_time() - began


def main() -> None:
    one = seconds(bare())
    for policy in (False, True):
        made = manager(policy=policy)
        took = seconds(lambda name, made=made: made.get(name, BUILD))  # type: ignore[misc]
        what = "with a policy" if policy else "without one"
        print(f"kept, {what}: {took * 1e6:.1f} µs, {took / one:.0f} times {one * 1e6:.2f} µs")
        if took > MOST * one:
            sys.exit(f"it must be at most {MOST} times")
    asked, took = shared(10_000, 1000)
    print(f"10,000 renders of 1,000 names: {asked} questions, {took:.2f} s")
    if asked != 1000:
        sys.exit("there must be 1,000")


if __name__ == "__main__":
    main()
