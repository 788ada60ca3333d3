"""What the audit trail costs: processor time of a lookup with it, against the same without.

``python -m tests.benchmarks.audit`` prints the time of a lookup whose value is at hand, by a build,
under a policy: without an audit trail, with events that are written to a file, its thread included,
and the difference in per cent: for builds that ask for the same secrets again and again, whose
lookups of a second may be one event, and for those of which each asks once. The two take turns, and
the best of several rounds counts.
"""

from __future__ import annotations

import tempfile
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

from twisted.internet.defer import Deferred
from twisted.internet.task import react
from zope.interface import implementer

from buildbot_keychain import Allow, AuditToFile, Requester, SecretManager, SourceStamp
from buildbot_keychain.interfaces import ICanonicalNames

BUILD = Requester(
    "build",
    builder="release-1",
    build=17,
    worker="worker-3",
    scope="build/1017",
    source_stamps=(SourceStamp(repository="https://git.example.org/app", branch="main"),),
    outside=False,
    scheduler="push",
)
ROUNDS, LOOKUPS, NAMES = 7, 4000, 100


@implementer(ICanonicalNames)
class AtHand:
    """Has every value at hand, as a cache does."""

    def __init__(self) -> None:
        self.name = "files"
        self._values = {f"deploy/{number}": f"tr0ub4dor-{number:06}-x" for number in range(NAMES)}

    def get(self, path: str) -> str | None:
        return self._values.get(path)

    def canonical(self, path: str) -> str:
        return path


def manager(**arguments: Any) -> SecretManager:
    allow = Allow("deploy/*", builders=["release-*"], schedulers=["push"])
    return SecretManager([AtHand()], policy=[allow], **arguments)


async def spent(subject: SecretManager, builds: int) -> float:
    """Return microseconds of processor time, of all threads, for each lookup by some builds."""
    asking = [replace(BUILD, build=number) for number in range(builds)]
    start = time.process_time()
    for number in range(LOOKUPS):
        await subject.get(f"deploy/{number % NAMES}", asking[number // NAMES % builds])
    while any(state.waiting for state in subject.audit.states):
        time.sleep(0.01)
    return (time.process_time() - start) / LOOKUPS * 1e6


async def measure() -> None:
    with tempfile.TemporaryDirectory() as directory:
        plain = manager()
        audited = manager(audit=[AuditToFile(Path(directory) / "audit.jsonl")])
        for builds, what in ((1, "again and again"), (LOOKUPS // NAMES, "once for each build")):
            without, with_it = [], []
            for _ in range(ROUNDS):
                without.append(await spent(plain, builds))
                with_it.append(await spent(audited, builds))
            more = (min(with_it) / min(without) - 1) * 100
            took = f"without {min(without):.1f} us, with {min(with_it):.1f} us"
            print(f"{what}: {took}: {more:.0f} % more")
        await audited.audit.stop()


def main() -> None:
    react(lambda _reactor: Deferred.fromCoroutine(measure()))


if __name__ == "__main__":
    main()
