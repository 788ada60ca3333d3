"""`Channel`: has one sink write what it is passed, in a thread of its own.

Whoever passes a record never waits for the thread. Records queue up while the sink writes, so one
write, and one fsync, serves many. What fails is tried again, with growing pauses; what hangs hangs
alone. The queue is bounded: what does not fit is counted as lost, and the sink is told so, by a
record of its own, as soon as it works again. A record that is refused again and again, where one
that says so is accepted, is set aside, and holds up no others.
"""

from __future__ import annotations

import contextlib
import threading
import time
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from twisted.internet.error import ReactorNotRunning
from twisted.python.failure import Failure

from buildbot_keychain.audit.record import Record
from buildbot_keychain.errors import message_of, safe_summary
from buildbot_keychain.workpool import with_threads

MOST = 20_000
"""Records that wait for one sink."""

BATCH = 1000
"""Records that are written at once."""

GATHERING = 0.05
"""Seconds in which records gather before they are written where nobody waits for that."""

_SHORTEST_PAUSE, _LONGEST_PAUSE = 0.25, 5.0
"""Seconds before what has failed is tried again."""

_ATTEMPTS = 3
"""How often a batch is tried as it is until it is written in parts."""

Ticket = Callable[[], object]
"""Called in the reactor's thread when a record is accepted."""

_Passed = tuple[Record, Ticket | None]


@dataclass(frozen=True)
class SinkState:
    """How a sink is: for pages, metrics and the log.

    :param name: what it is called.
    :param problem: why it does not write now; empty if it does.
    :param warning: what will keep it from writing soon, such as a full disk; empty if nothing.
    :param waiting: records that are not written yet.
    :param written: records that were written since the start.
    :param lost: records that will not be written since the start.
    :param lag: seconds since the sink began with what it has not finished.
    """

    name: str
    problem: str = ""
    warning: str = ""
    waiting: int = 0
    written: int = 0
    lost: int = 0
    lag: float = 0.0


class Channel:
    """Passes records to a sink.

    :param sink: an `IAuditSink`.
    :param reactor: returns an ``IReactorFromThreads``: tickets, and `changed`, are called in its
        thread.
    :param deadline: seconds after which a sink that does not return from a write counts as hung.
    :param lost: returns a record that says how many were lost, of the sink with a name.
    :param refused: returns a record that says why the sink with a name does not take a record.
    :param set_aside: called in the reactor's thread with a record that will not be written.
    :param changed: called when `state` may have changed in a way that matters.
    :param after: set when the sink may write: one that it replaces may have the same file open.
    :ivar ended: set when the sink has closed what it had open, or was given up.
    """

    def __init__(
        self,
        sink: Any,  # noqa: ANN401 - an IAuditSink
        reactor: Callable[[], Any],
        deadline: float,
        *,
        lost: Callable[[str, int], Record],
        refused: Callable[[str, Record, str], Record],
        set_aside: Callable[[Record], object],
        changed: Callable[[], object],
        after: threading.Event | None = None,
    ) -> None:
        self.sink = sink
        self._reactor = reactor
        self._deadline = deadline
        self._make_lost = lost
        self._make_refused = refused
        self._set_aside = set_aside
        self._changed = changed
        self._after = after
        self.ended = threading.Event()
        self._queue: deque[_Passed] = deque()
        self._lock = threading.Lock()
        self._wake = threading.Event()
        self._urgent = threading.Event()
        self._thread: threading.Thread | None = None
        self._closing = threading.Event()
        self._is_idle = self._is_abandoned = False
        self._closed: list[Ticket] = []
        self._busy_since: float | None = None
        self._problem = self._warning = ""
        self._written = self._lost = self._untold = 0
        self._writing = 0

    @property
    def state(self) -> SinkState:
        """How the sink is now; may be called in any thread."""
        lag, problem = self._lag(), self._problem
        if lag > self._deadline and not problem:
            problem = f"it has not answered for {lag:.0f} seconds"
        waiting = len(self._queue) + self._writing
        return SinkState(
            self.sink.name, problem, self._warning, waiting, self._written, self._lost, lag
        )

    @property
    def is_ill(self) -> bool:
        """Whether it does not write now: what is passed waits for it to recover."""
        return bool(self._problem) or self._lag() > self._deadline

    def _lag(self) -> float:
        """Return the seconds since it began with what it has not finished."""
        since = self._busy_since
        return 0.0 if since is None else time.monotonic() - since

    def submit(self, record: Record, ticket: Ticket | None = None) -> bool:
        """Have a record written; never fails or waits. Return whether it is not lost already.

        :param ticket: called when the sink has accepted it, if it does.
        """
        if len(self._queue) >= MOST:
            self._lost += 1
            self._untold += 1
            return False
        self._queue.append((record, ticket))
        if ticket is not None and not self._urgent.is_set():
            self._urgent.set()
        if self._thread is None or self._is_idle:
            self._is_idle = False  # once is enough, however long it takes to wake up
            self._start_or_wake()
        return True

    def close(self, closed: Ticket) -> None:
        """Have what waits written, then release what the sink has open, and call `closed`."""
        with self._lock:
            self._closed.append(closed)
        self._closing.set()
        self._urgent.set()
        self._start_or_wake()

    def abandon(self) -> int:
        """Abandon what waits; return how much that was."""
        count = len(self._queue) + self._writing
        self._queue.clear()
        self._lost += count
        self._is_abandoned = True
        self.ended.set()
        return count

    def _start_or_wake(self) -> None:
        with self._lock:
            if self._thread is None:
                self._is_abandoned = False
                self.ended.clear()
                name = f"keychain-audit-{self.sink.name}"
                self._thread = threading.Thread(target=self._run, name=name, daemon=True)
                self._thread.start()
        self._wake.set()

    # -- in the thread

    def _run(self) -> None:
        while self._await_records():
            batch = self._take()
            self._writing = len(batch)
            self._write_all(batch)
            self._writing = 0

    def _write_all(self, batch: Sequence[_Passed]) -> None:
        """Write a batch, however long that takes; but not what is refused by a sink that works."""
        pause, attempts = _SHORTEST_PAUSE, 1
        while not (self._is_abandoned or self._write(batch)):
            if attempts >= _ATTEMPTS and len(batch) > 1:
                middle = len(batch) // 2
                self._write_all(batch[:middle])
                self._write_all(batch[middle:])
                return
            if attempts >= _ATTEMPTS and self._is_done_with(batch[0]):
                return
            is_closing = self._closing.wait(pause)
            if is_closing:  # whoever closes has a deadline, and counts what is left then
                time.sleep(_SHORTEST_PAUSE)
            pause, attempts = min(2 * pause, _LONGEST_PAUSE), attempts + 1

    def _is_done_with(self, passed: _Passed) -> bool:
        """Return whether a record is set aside, or written: the sink takes one that says so.

        It may have begun to work just then, so it is passed the record once more.
        """
        record, _ = passed
        report = self._make_refused(self.sink.name, record, self._problem)
        if not self._write([(report, None)]):
            return False
        if not self._write([passed]):
            self._lost += 1
            self._busy_since = None
            self._call(self._set_aside, record)
            self._note("")
        return True

    def _await_records(self) -> bool:
        """Wait until there is something to write; return whether there will be."""
        while not self._queue:
            self._wake.clear()
            self._is_idle = True
            if self._queue:
                break
            if self._closing.is_set() and self._ends():
                return False
            self._wake.wait()
        self._is_idle = False
        if len(self._queue) < BATCH:
            self._urgent.wait(GATHERING)
        self._urgent.clear()
        return True

    def _ends(self) -> bool:
        """Close the sink, and return whether the thread ends: nothing has come in the meantime."""
        try:
            self.sink.close()
        except BaseException as error:  # noqa: BLE001 - it is shown
            self._problem = _reason(error)
        with self._lock:
            if self._queue:
                return False
            self._thread = None
            self._closing.clear()
            closed, self._closed = self._closed, []
        self.ended.set()
        self._call(_call_all, closed)
        return True

    def _take(self) -> list[_Passed]:
        queue = self._queue
        batch = [queue.popleft() for _ in range(min(len(queue), BATCH))]
        for record, _ in batch:
            record.close()
        untold, self._untold = self._untold, 0
        if untold:
            batch.insert(0, (self._make_lost(self.sink.name, untold), None))
        return batch

    def _write(self, batch: Sequence[_Passed]) -> bool:
        if self._busy_since is None:
            self._busy_since = time.monotonic()
        if self._after is not None:
            self._after.wait(self._deadline)
            self._after = None
        try:
            self.sink.write([record for record, _ in batch])
        except BaseException as error:  # noqa: BLE001 - it is shown
            self._note(_reason(error))
            return False
        self._written += len(batch)
        self._busy_since = None
        tickets = [ticket for _, ticket in batch if ticket is not None]
        if tickets:
            self._call(_call_all, tickets)
        self._note("")
        return True

    def _note(self, problem: str) -> None:
        warning = getattr(self.sink, "warning", "")
        if (problem, warning) != (self._problem, self._warning):
            self._problem, self._warning = problem, warning
            self._call(self._changed)

    def _call(self, function: Callable[..., object], *arguments: object) -> None:
        with contextlib.suppress(ReactorNotRunning, RuntimeError):  # nobody is left to be told
            with_threads(self._reactor()).callFromThread(function, *arguments)


def _call_all(tickets: Sequence[Ticket]) -> None:
    for ticket in tickets:
        ticket()


def _reason(error: BaseException) -> str:
    """Return what is wrong with a sink: never a text that may hold what was to be written."""
    own = message_of(error)
    if own is not None:
        return own
    if isinstance(error, OSError) and error.strerror:
        where = f"{error.filename}: " if isinstance(error.filename, str) else ""
        return f"{where}{error.strerror}"
    return safe_summary(Failure(error))
