"""The process of one master: ``python -m tests.integration.farm.master``, with two lines of input.

The first one is what it is to be. It prints one line when it runs, and begins at the second one.
"""

from __future__ import annotations

import json
import os
import resource
import sys
import time
import traceback
from collections import Counter
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from unittest import mock

from buildbot.config.master import MasterConfig
from buildbot.process.results import Results
from twisted.internet import reactor
from twisted.internet.defer import Deferred, maybeDeferred
from twisted.internet.task import deferLater
from twisted.internet.threads import deferToThread
from twisted.logger import globalLogBeginner, textFileLogObserver

from tests.integration.farm.configuration import configuration
from tests.integration.farm.gauges import Memory, Reactor, Transactions, mebibytes, percentile
from tests.integration.farm.settings import Place, Settings, from_json
from tests.integration.farm.workers import simulate_processes
from tests.support.real_master import RealMaster

LATEST = 200.0
"""Seconds that builds may take after the last one was requested."""

SCRAPE = 15.0
"""Seconds from one question for metrics to the next, as Prometheus asks."""


class Run:
    """What one master does, and what that takes.

    :ivar figures: by their names: seconds of processor time, MiB, and counts.
    """

    def __init__(self, settings: Settings, place: Place) -> None:
        self._settings = settings
        self._place = place
        self._results: Counter[str] = Counter()
        self._requested: dict[int, float] = {}
        self._took: list[float] = []
        self._steps = 0
        self._audit_lag: list[float] = []
        self._keychain: Any = None
        self._running = False
        self.figures: dict[str, Any] = {}

    async def start(self) -> None:
        """Load the configuration, and start the master."""
        with self._timed("configure"):
            config = configuration(self._settings, self._place)
        load = MasterConfig.loadFromDict

        def timed_load(*arguments: Any) -> Any:
            with self._timed("check"):
                return load(*arguments)

        self._master = RealMaster(Path(self._place.basedir), config, "null")
        with mock.patch.object(MasterConfig, "loadFromDict", timed_load), self._timed("start"):
            await self._master.start()
        self.figures["start"] -= 2 * self.figures["check"]  # which was done twice
        self.figures["started_memory"] = mebibytes()
        master = self._master.master
        self._keychain = getattr(master, "buildbot_keychain", None)
        self._transactions = Transactions(master.db.pool)
        await maybeDeferred(
            master.mq.startConsuming, self._note_build, ("builds", None, "finished")
        )
        await maybeDeferred(master.mq.startConsuming, self._note_step, ("steps", None, "finished"))
        await maybeDeferred(
            master.mq.startConsuming, self._note_buildset, ("buildsets", None, "complete")
        )

    async def run(self) -> None:
        """Have everything built, and measure that."""
        settings, figures = self._settings, self.figures
        count = max(1, round(settings.seconds / settings.pause))
        (scheduler,) = (
            each for each in self._master.master.allSchedulers() if each.name.startswith("even-")
        )
        gauge, memory = Reactor(), Memory(max(0.1, settings.seconds / 100))
        gauge.start()
        self._running = True
        self._scrape()
        with self._timed("build"):
            began = time.monotonic()
            await scheduler.request(count, settings.pause, self._requested)
            figures["requesting"] = time.monotonic() - began
            figures["late"] = count - len(self._took)
            end = time.monotonic() + LATEST
            while len(self._took) < count and time.monotonic() < end:
                await deferLater(reactor, 0.05)
            figures["seconds"] = time.monotonic() - began
        self._running = False
        gauge.stop()
        memory.stop()
        figures.update(
            builds=sum(self._results.values()),
            steps=self._steps,
            results=dict(self._results),
            memory=memory.samples,
            took={name: percentile(self._took, share) for name, share in _SHARES.items()},
            lag={name: percentile(gauge.lags, share) for name, share in _SHARES.items()},
            busy={name: percentile(gauge.busy, share) for name, share in _SHARES.items()},
            collecting=max(gauge.collections, default=0.0),
            long=gauge.long.most_common(30),
            ours=self._transactions.ours.most_common(),
            others=self._transactions.others,
            audit_lag=max(self._audit_lag, default=0.0),
        )
        if self._keychain is not None:
            self._note_lookups()

    async def reconfigure(self) -> None:
        """Load the configuration again, of new objects, as a HUP does."""
        config = configuration(self._settings, self._place)
        for name in ("reconfigure", "reconfigure_again"):
            gauge = Reactor()
            gauge.start()
            with self._timed(name):
                await self._master.reconfigure(config)
                await deferLater(reactor, 0.05)
            gauge.stop()
            self.figures[f"{name}_busy"] = max(gauge.busy)
            self.figures[f"{name}_long"] = gauge.long.most_common(30)
            config = configuration(self._settings, self._place)

    async def stop(self) -> None:
        """Stop the master, and write the figures."""
        await self._master.stop()
        Path(self._place.results).write_text(json.dumps(self.figures))

    @contextmanager
    def _timed(self, name: str) -> Any:
        """Note the processor time of all threads."""
        before, own = resource.getrusage(resource.RUSAGE_SELF), time.thread_time()
        yield
        after = resource.getrusage(resource.RUSAGE_SELF)
        self.figures[name] = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
        self.figures[f"{name}_reactor"] = time.thread_time() - own

    def _scrape(self) -> None:
        if self._running and self._keychain is not None:
            self._keychain.metrics.text().addCallback(self._note_metrics)
            reactor.callLater(SCRAPE, self._scrape)

    def _note_metrics(self, text: str) -> None:
        self.figures["metrics"] = len(text)
        self._audit_lag += [state.lag for state in self._keychain.audit.states]

    def _note_build(self, _key: object, build: dict[str, Any]) -> None:
        self._results[Results[build["results"]]] += 1

    def _note_step(self, _key: object, _step: object) -> None:
        self._steps += 1

    def _note_buildset(self, _key: object, buildset: dict[str, Any]) -> None:
        began = self._requested.get(buildset["bsid"])
        if began is not None:
            self._took.append(time.monotonic() - began)

    def _note_lookups(self) -> None:
        file = Path(self._place.basedir, "audit.jsonl")
        events = [json.loads(line) for line in file.read_text().splitlines()]
        lookups = [each for each in events if each["event"] == "lookup"]
        seconds = [each["seconds"] for each in lookups]
        self.figures["lookups"] = len(lookups)
        self.figures["given"] = sum(
            each.get("times", 1) for each in lookups if each["outcome"] == "given"
        )
        self.figures["answers"] = dict(
            Counter(f"{each.get('provider')} {each.get('answer')}" for each in lookups)
        )
        self.figures["events"] = dict(Counter(each["event"] for each in events))
        self.figures["lookup"] = {n: percentile(seconds, share) for n, share in _SHARES.items()}
        self.figures["hidden"] = sum(each.count for each in self._keychain.hidden_secrets)


_SHARES = {"p50": 0.5, "p99": 0.99, "max": 1.0}


def _say(word: str) -> None:
    """Write a line for whoever has started this process."""
    sys.stdout.write(f"{word}\n")
    sys.stdout.flush()


async def _main() -> None:
    try:
        settings, place = from_json(sys.stdin.readline())
        basedir = Path(place.basedir)
        basedir.mkdir(mode=0o700)
        os.chdir(basedir)
        log = (basedir / "twistd.log").open("w")
        globalLogBeginner.beginLoggingTo([textFileLogObserver(log)], redirectStandardIO=False)
        simulate_processes()
        run = Run(settings, place)
        await run.start()
        _say("runs")
        if await deferToThread(sys.stdin.readline):  # unless whoever has started it has ended
            await run.run()
            await run.reconfigure()
            await run.stop()
            _say("done")
    except BaseException:
        traceback.print_exc()
        _say("failed")
        raise
    finally:
        os._exit(0)  # nothing else is left to do in this process


if __name__ == "__main__":
    reactor.callWhenRunning(lambda: Deferred.fromCoroutine(_main()))
    reactor.run()
