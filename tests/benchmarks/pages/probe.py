"""`Probe`: what requests cost a master, measured in its own process."""

from __future__ import annotations

import gc
import json
import os
import time
from collections.abc import Callable
from typing import Any

from twisted.internet import reactor as global_reactor
from twisted.web.resource import Resource
from twisted.web.server import NOT_DONE_YET

from buildbot_keychain.web import Page
from tests.support.memory import resident
from tests.support.rows_read import RowsRead

_TICK = 0.002
"""Seconds."""

reactor: Any = global_reactor


class Probe(Resource):
    """Answers a GET with what was measured since the last one.

    ``POST`` runs the command that its path says.

    :param commands: what each of them is.
    """

    isLeaf = True

    def __init__(self, **commands: Callable[[], object]) -> None:
        super().__init__()
        self._commands = commands
        self._seconds: list[float] = []
        self._answering: list[float] = []
        self._database = RowsRead()
        self._ticked, self._cpu_of_tick = time.perf_counter(), time.process_time()
        self._schedule = _Schedule()
        self._waited = self._schedule.waited()
        self._gap = self._busy_gap = self._collecting = self._longest_collection = 0.0
        self._cpu = time.process_time()
        self._watch()
        self._tick()

    def render(self, request: Any) -> Any:
        """Measure from now on, or run a command."""
        if request.method == b"POST":
            self._commands[request.postpath[0].decode()]()
            return b""
        # What is left to do after the answers is theirs, too.
        reactor.callLater(5 * _TICK, self._answer, request)
        return NOT_DONE_YET

    def _answer(self, request: Any) -> None:
        statements, rows = self._database.taken()
        found = {
            "seconds": self._seconds,
            "answering": self._answering,
            "cpu": time.process_time() - self._cpu,
            "gap": self._gap,
            "busy_gap": self._busy_gap,
            "collection": self._longest_collection,
            "statements": statements,
            "rows": rows,
            "rss": resident(),
        }
        request.write(json.dumps(found).encode())
        request.finish()
        self._seconds, self._answering = [], []
        self._gap = self._busy_gap = self._longest_collection = 0.0
        self._cpu = time.process_time()

    def _tick(self) -> None:
        now, cpu, waited = time.perf_counter(), time.process_time(), self._schedule.waited()
        gap = now - self._ticked - _TICK
        self._gap = max(self._gap, gap)
        # A machine that is busy with others keeps the reactor, too.
        own = min(gap - (waited - self._waited), cpu - self._cpu_of_tick)
        self._busy_gap = max(self._busy_gap, own)
        self._ticked, self._cpu_of_tick, self._waited = now, cpu, waited
        reactor.callLater(_TICK, self._tick)

    def _watch(self) -> None:
        gc.callbacks.append(self._collected)
        render, answer = Page.render, Page._answer

        def timed(page: Any, request: Any) -> int:
            begin = time.perf_counter()
            request.notifyFinish().addBoth(
                lambda _: self._seconds.append(time.perf_counter() - begin)
            )
            return render(page, request)

        async def timed_answer(page: Any, request: Any) -> Any:
            begin = time.perf_counter()
            try:
                return await answer(page, request)
            finally:
                self._answering.append(time.perf_counter() - begin)

        Page.render = timed  # type: ignore[assignment]
        Page._answer = timed_answer  # type: ignore[assignment, method-assign]

    def _collected(self, phase: str, _info: object) -> None:
        if phase == "start":
            self._collecting = time.thread_time()
        else:
            took = time.thread_time() - self._collecting
            self._longest_collection = max(self._longest_collection, took)


class _Schedule:
    """For how long this thread could have run, and others ran.

    Each call of the system may have to wait until a thread lets go of the interpreter: one is made.
    """

    def __init__(self) -> None:
        self._file = os.open("/proc/thread-self/schedstat", os.O_RDONLY)

    def waited(self) -> float:
        """Return it in seconds."""
        return int(os.pread(self._file, 100, 0).split()[1]) / 1e9
