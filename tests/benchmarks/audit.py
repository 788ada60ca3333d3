"""Measures what the audit trail costs of a lookup whose answer is kept, on a real master.

Run ``python -m tests.benchmarks.audit`` at the top of the repository. A step of a real build
renders a ``Secret`` again and again whose provider has ``cache=``. Each time the policy decides,
the cache answers, the redactor knows the value and the lookup is counted and recorded. Two ways
take turns: with the trail written to a file, and without one. What is printed is, of one lookup,
the calls of functions, those of C among them, in the reactor's thread and in all; and the processor
time, which depends on what else the machine does: the least of the turns. It fails where the calls
of all threads are more by `MOST`.

No two lookups of a turn are alike, which would be one event. The events of a turn are written and
synchronised together. A machine that is busy with other things commits more often, but at most 20
times a second; each commit takes about 0.2 ms of another thread.
"""

from __future__ import annotations

import gc
import json
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from buildbot.config.builder import BuilderConfig
from buildbot.process.buildstep import BuildStep
from buildbot.process.factory import BuildFactory
from buildbot.process.results import SUCCESS
from twisted.internet.defer import Deferred, inlineCallbacks
from twisted.internet.task import deferLater, react
from zope.interface import implementer

from buildbot_keychain.audit import AuditToFile, Record
from buildbot_keychain.interfaces import ICanonicalNames
from tests.support.ending import end_process
from tests.support.real_master import BUILDER_NAME, WORKER_NAME, RealMaster

MOST = 0.10
"""Of a lookup without an audit trail."""

NAMES = 200
COUNTED, TURNS = 6, 20
"""The first two turns fill the cache, and open the file; until `COUNTED`, calls are counted."""

_TIMEOUT = 600.0  # seconds

CALLS, REACTOR_CALLS = "calls of all threads", "calls of the reactor's"
ALL, REACTOR = "µs of all threads", "µs of the reactor's"


@implementer(ICanonicalNames)
class AtHand:
    """Has a value for every name; it is asked once for each."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.asked = 0

    def get(self, path: str) -> str:
        self.asked += 1
        return f"value-of-{path}-8fK2vQ"

    def canonical(self, path: str) -> str:
        return path


class TurnsFile(AuditToFile):
    """Writes when a turn is over: `may_write`."""

    def __init__(self, path: Path) -> None:
        super().__init__(path)
        self.may_write = threading.Event()

    def write(self, records: Sequence[Record]) -> None:
        self.may_write.wait()
        super().write(records)


class Renders(BuildStep):
    """Renders, and notes the calls of a lookup, and its processor time in microseconds."""

    def __init__(self, kind: Any, sink: TurnsFile, turns: int, found: Any, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.kind, self.sink, self.turns, self.found = kind, sink, turns, found
        self.calls: Counter[int] = Counter()

    @inlineCallbacks
    def run(self) -> Any:
        trail = self.master.buildbot_keychain.audit
        secrets = [self.kind.Secret(f"secret-{number}") for number in range(NAMES)]
        for turn in range(self.turns):
            measure = self._calls if turn < COUNTED else self._time
            trail.use([self.sink] if turn % 2 else [])
            self.sink.may_write.set()
            while trail.is_watched < _threads():  # the turn before
                yield deferLater(self.master.reactor, 0.01)
            self.master.buildbot_keychain.redactor.settle()
            if turn < COUNTED:
                threading.setprofile(self._count)
            yield self._lookups(secrets[:1], trail)
            threading.setprofile(None)
            if turn % 2:
                self.sink.may_write.clear()
            took = yield measure(secrets, trail)
            if turn > 1:
                self.found.append(took)
        return SUCCESS

    @inlineCallbacks
    def _time(self, secrets: list[Any], trail: Any) -> Any:
        gc.collect()
        everything, own = time.process_time(), time.thread_time()
        for secret in secrets:
            yield self.build.render(secret)
        own = time.thread_time() - own
        self._write(trail)
        everything = time.process_time() - everything
        return {ALL: everything / len(secrets) * 1e6, REACTOR: own / len(secrets) * 1e6}

    @inlineCallbacks
    def _calls(self, secrets: list[Any], trail: Any) -> Any:
        self.calls.clear()
        sys.setprofile(self._count)
        yield self._lookups(secrets, trail)
        own = self.calls[threading.get_ident()]
        return {CALLS: self.calls.total() / len(secrets), REACTOR_CALLS: own / len(secrets)}

    @inlineCallbacks
    def _lookups(self, secrets: list[Any], trail: Any) -> Any:
        for secret in secrets:
            yield self.build.render(secret)
        sys.setprofile(None)
        self._write(trail)

    def _write(self, trail: Any) -> None:
        self.sink.may_write.set()
        while any(state.waiting for state in trail.states):
            time.sleep(0.001)

    def _count(self, _frame: Any, event: str, _argument: object) -> None:
        if event in ("call", "c_call"):
            self.calls[threading.get_ident()] += 1


def _threads() -> int:
    """Return how many threads write audit trails."""
    return sum(thread.name.startswith("keychain-audit") for thread in threading.enumerate())


async def serve(directory: Path, turns: int) -> None:
    """Print what the turns of a master took, and end the process."""
    # Whatever is configured in a process that imports this has a keychain.
    from buildbot_keychain.plugins import secrets, util  # noqa: PLC0415

    found: list[dict[str, float]] = []
    provider, sink = AtHand("store"), TurnsFile(directory / "audit.jsonl")
    manager = secrets.SecretManager(
        providers=[provider],
        policy=[
            secrets.Allow("secret-*", schedulers=["force"], outside=True),
            secrets.Allow("secret-*", builders=[BUILDER_NAME], outside=True),
            secrets.Allow("secret-*", forced=True),
        ],
        resilience={"store": secrets.Resilience(cache=3600)},
        audit=[sink],
    )
    factory = BuildFactory([Renders(util, sink, turns, found)])
    builder = BuilderConfig(BUILDER_NAME, workernames=[WORKER_NAME], factory=factory)
    config = {"builders": [builder], "secretsProviders": [manager]}
    master = RealMaster(directory, config, "null")
    await master.start()
    build = await master.build()
    if build.result != "success" or provider.asked != NAMES:
        raise RuntimeError(build.outline())
    print(json.dumps(found), flush=True)
    end_process(directory)


def measured(turns: int = TURNS) -> dict[str, tuple[float, float]]:
    """Return what a lookup takes without the trail and with it: calls, and processor time.

    :param turns: with `COUNTED`, the calls alone.
    """
    command = [sys.executable, "-m", __spec__.name, str(turns)]
    top = Path(__file__).parents[2]
    run = subprocess.run(command, check=True, stdout=subprocess.PIPE, timeout=_TIMEOUT, cwd=top)
    found = json.loads(run.stdout.splitlines()[-1])

    def least(what: str, turns: list[dict[str, float]]) -> float:
        return min(turn[what] for turn in turns if what in turn)

    kinds = (CALLS, REACTOR_CALLS, ALL, REACTOR)[: 2 if turns <= COUNTED else 4]
    return {kind: (least(kind, found[::2]), least(kind, found[1::2])) for kind in kinds}


def cost(found: dict[str, tuple[float, float]], kind: str = CALLS) -> float:
    """Return what the trail costs of a lookup."""
    without, with_it = found[kind]
    return with_it / without - 1


def main(arguments: Sequence[str]) -> None:
    if arguments:
        with tempfile.TemporaryDirectory() as directory:
            here, turns = Path(directory), int(arguments[0])
            react(lambda _reactor: Deferred.fromCoroutine(serve(here, turns)))
    found = measured()
    for kind, (without, with_it) in found.items():
        print(f"{kind}: {without:.1f} without, {with_it:.1f} with: {cost(found, kind):.1%} more")
    if cost(found) > MOST:
        sys.exit(f"it must be at most {MOST:.0%}")


if __name__ == "__main__":
    main(sys.argv[1:])
