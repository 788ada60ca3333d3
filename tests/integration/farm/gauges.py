"""What is measured in the process of a master, from inside.

Other programs on the machine make what takes long look longer; processor time they hardly change.
So both are noted of what keeps the reactor busy.
"""

from __future__ import annotations

import gc
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable
from typing import Any

from twisted.internet import reactor

from tests.support.memory import resident

TICK = 0.01
"""Seconds."""

LONG = 0.05
"""Seconds of processor time that nothing should take of the reactor at once."""


def mebibytes() -> float:
    """Return the memory of this process, in MiB."""
    return resident() / 2**20


def percentile(numbers: list[float], share: float) -> float:
    """Return what a share of some numbers does not exceed; 0 for none."""
    ordered = sorted(numbers)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))] if ordered else 0.0


class Reactor:
    """How late the reactor is, and how long it is busy at once, in seconds.

    :ivar lags: how late each tick was.
    :ivar busy: the processor time of the reactor's thread from each tick to the next.
    :ivar collections: how long each collection of garbage took, in the reactor's thread.
    :ivar long: what was running when it was busy for long: how often.
    """

    def __init__(self) -> None:
        self.lags: list[float] = []
        self.busy: list[float] = []
        self.collections: list[float] = []
        self.long: Counter[str] = Counter()
        self._thread = threading.get_ident()
        self._clock = time.pthread_getcpuclockid(self._thread)
        self._used = time.thread_time()
        self._collecting = 0.0
        self._running = True

    def start(self) -> None:
        """Begin."""
        gc.callbacks.append(self._note_collection)
        threading.Thread(target=self._watch, daemon=True).start()
        self._tick(time.monotonic())

    def stop(self) -> None:
        """End."""
        self._running = False
        gc.callbacks.remove(self._note_collection)

    def _tick(self, due: float) -> None:
        if self._running:
            used = time.thread_time()
            self.busy.append(used - self._used)
            self._used = used
            now = time.monotonic()
            self.lags.append(now - due)
            reactor.callLater(TICK, self._tick, now + TICK)

    def _note_collection(self, phase: str, _info: object) -> None:
        if threading.get_ident() == self._thread:
            if phase == "start":
                self._collecting = time.thread_time()
            else:
                self.collections.append(time.thread_time() - self._collecting)

    def _watch(self) -> None:
        while self._running:
            time.sleep(TICK)
            if time.clock_gettime(self._clock) - self._used > LONG:
                self.long[_where(sys._current_frames()[self._thread])] += 1


def _where(frame: Any) -> str:
    """Return where a thread is: the function, and which of ours has called it."""
    place, ours = _place(frame), ""
    while frame is not None and not ours:
        if "/buildbot_keychain/" in frame.f_code.co_filename:
            ours = _place(frame)
        frame = frame.f_back
    return place if ours in ("", place) else f"{place} < {ours}"


def _place(frame: Any) -> str:
    file = "/".join(frame.f_code.co_filename.split("/")[-3:])
    return f"{file}:{frame.f_code.co_name}:{frame.f_lineno}"


class Transactions:
    """Counts what is asked of the master's database, by who asks: we, or Buildbot.

    :param pool: the ``DBThreadPool``.
    """

    def __init__(self, pool: Any) -> None:
        self.ours: Counter[str] = Counter()
        self.others = 0
        self._do = pool.do
        pool.do = self._counted

    def _counted(self, call: Callable[..., Any], *arguments: Any, **more: Any) -> Any:
        if call.__module__.startswith("buildbot_keychain."):
            frame: Any = sys._getframe(1)
            while frame is not None and not _is_ours(frame):
                frame = frame.f_back
            self.ours[_place(frame) if frame else call.__qualname__] += 1
        else:
            self.others += 1
        return self._do(call, *arguments, **more)


def _is_ours(frame: Any) -> bool:
    file = frame.f_code.co_filename
    return "/buildbot_keychain/" in file and not file.endswith(("/_table.py", "/deferreds.py"))


class Memory:
    """The memory of this process over time: pairs of seconds since the start, and MiB."""

    def __init__(self, pause: float) -> None:
        self.samples: list[tuple[float, float]] = []
        self._pause = pause
        self._began = time.monotonic()
        self._running = True
        self._sample()

    def stop(self) -> None:
        """End."""
        self._running = False

    def _sample(self) -> None:
        if self._running:
            self.samples.append((time.monotonic() - self._began, mebibytes()))
            reactor.callLater(self._pause, self._sample)
