"""`AuditTrail`: where the events of one manager go.

Each sink has a `Channel`. With ``fail_closed``, `AuditTrail.require` waits until one of the sinks
has accepted an event, and fails if none does: a sink that is known to fail or hang is not waited
for. Without, it is `AuditTrail.record`, and what is lost is counted and told.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

from twisted.internet.defer import Deferred, gatherResults
from twisted.internet.defer import TimeoutError as DeferredTimeout
from twisted.logger import Logger, LogLevel

from buildbot_keychain.audit._channel import Channel, SinkState, Ticket
from buildbot_keychain.audit.events import Event, Trail
from buildbot_keychain.audit.form import Form
from buildbot_keychain.audit.given import Given
from buildbot_keychain.audit.record import Record
from buildbot_keychain.errors import AuditUnavailable
from buildbot_keychain.redaction import Redactor

DEADLINE = 10.0
"""Seconds that a sink may take to accept an event."""

FLUSHING = 10.0
"""Seconds that sinks have, when they are closed, for what waits."""

_WATCHING = 1.0
"""Seconds between two looks at whether a sink hangs."""

_MOST_REPEATABLE = 4096
"""Records that can stand for several events."""

Observer = Callable[[Event], object]


class AuditTrail:
    """Has sinks write events, and tells observers of them. Used in the reactor's thread.

    :param redactor: hides secrets in what is written.
    :param reactor: ``IReactorTime`` and ``IReactorFromThreads``; Twisted's by default.
    :param seconds: returns the seconds since the epoch.
    :ivar master: the name of the master, which each record has.
    :ivar rules: the texts of the rules that have decided.
    :ivar is_watched: whether anybody wants to know of events: if not, none need be made.
    """

    log = Logger()

    def __init__(
        self,
        redactor: Redactor,
        *,
        reactor: Any = None,  # noqa: ANN401 - two interfaces
        seconds: Callable[[], float] = time.time,
    ) -> None:
        self.master = ""
        self._form = Form(redactor)
        self.rules = self._form.rules
        self._reactor = reactor
        self._seconds = seconds
        self._observers: tuple[Observer, ...] = ()
        self._channels: tuple[Channel, ...] = ()
        self._fails_closed = False
        self._deadline = DEADLINE
        self._waiting: dict[Deferred[None], None] = {}
        self._told: dict[Channel, SinkState] = {}
        self._watch: Any = None
        self._repeatable: dict[Given, Record] = {}
        self.is_watched = False

    @property
    def states(self) -> tuple[SinkState, ...]:
        """How each sink is."""
        return tuple(channel.state for channel in self._channels)

    def use(
        self, sinks: Sequence[Any], *, fail_closed: bool = False, deadline: float = DEADLINE
    ) -> None:
        r"""Have events written by `sinks` from now on; those that were in use and stay go on.

        Others write what they were passed before, and are closed.

        :param sinks: `IAuditSink`\ s.
        :param fail_closed: whether `require` fails where no sink accepts an event.
        :param deadline: seconds that a sink may take to accept an event.
        """
        old = list(self._channels)
        staying: list[Channel | None] = []
        for sink in sinks:
            same = next((channel for channel in old if channel.sink == sink), None)
            if same is not None:
                old.remove(same)
            staying.append(same)
        ends = {channel.sink.name: channel.ended for channel in old}
        self._channels = tuple(
            same or self._open(sink, deadline, ends.get(sink.name))
            for sink, same in zip(sinks, staying, strict=True)
        )
        self._repeatable.clear()  # other sinks do not have these
        self._note_watched()
        self._fails_closed = fail_closed and bool(staying)
        self._deadline = deadline
        self._told = {each: self._told[each] for each in self._channels if each in self._told}
        for channel in old:
            self._close(channel)

    def stop(self) -> Deferred[None]:
        """Have everything written, and close the sinks; never fails. `record` opens them again."""
        if self._watch is not None:
            self._watch.cancel()
            self._watch = None
        return gatherResults(list(map(self._close, self._channels))).addCallback(lambda _: None)

    def observe(self, observer: Observer) -> Callable[[], None]:
        """Call `observer` with each event, at once; what it raises is logged.

        :return: what ends that.
        """
        self._observers += (observer,)
        self._note_watched()

        def end() -> None:
            self._observers = tuple(each for each in self._observers if each is not observer)
            self._note_watched()

        return end

    def record(self, event: Event) -> None:
        """Record an event; never fails or waits."""
        if self._channels:
            self._submit(event, None)
        for observer in self._observers:
            self._tell(observer, event)

    def give(self, given: Given, took: float | None) -> None:
        """Record that a secret is given; never fails or waits.

        While the record of one like it waits to be written, that counts it, which costs next to
        nothing.

        :param took: how long the lookup took, if there was one.
        """
        if self._observers:
            self.record(given.event(self.rules, took))
            return
        found = self._repeatable.get(given)
        if found is not None and found.repeat(self._seconds()):
            return
        record = self._submit(given, None, took)
        if record is not None:
            if len(self._repeatable) >= _MOST_REPEATABLE:
                self._repeatable.clear()
            self._repeatable[given] = record

    def _note_watched(self) -> None:
        self.is_watched = bool(self._channels or self._observers)

    @property
    def fails_closed(self) -> bool:
        """Whether `require` may wait and fail."""
        return self._fails_closed

    async def require(self, given: Given, took: float | None) -> None:
        """Record that a secret is given, and wait until that is certain if it must be.

        :param took: how long the lookup took, if there was one.
        :raise AuditUnavailable: when no sink accepts it, so that what it tells must not happen.
        """
        if not self._fails_closed:
            self.give(given, took)
            return
        await self._require(given, given.secret, took)

    async def require_event(self, event: Event, secret: str) -> None:
        """Record an event, and wait until that is certain if it must be.

        :param secret: the name of the secret that it is about, for the error.
        :raise AuditUnavailable: as `require` does.
        """
        if not self._fails_closed:
            self.record(event)
            return
        await self._require(event, secret)

    async def _require(self, said: Event | Given, secret: str, took: float | None = None) -> None:
        accepted: Deferred[None] = Deferred()
        if all(channel.is_ill for channel in self._channels):
            raise self._unavailable(secret)

        def accept() -> None:
            if not accepted.called:
                accepted.callback(None)

        self._waiting[accepted] = None
        self._submit(said, accept, took)
        for observer in self._observers:
            event = said.event(self.rules, took) if isinstance(said, Given) else said
            self._tell(observer, event)
        try:
            await accepted.addTimeout(self._deadline, self._clock())
        except (DeferredTimeout, _NobodyAcceptsError):
            raise self._unavailable(secret) from None
        finally:
            self._waiting.pop(accepted, None)

    def _submit(
        self, said: Event | Given, ticket: Ticket | None, took: float | None = None
    ) -> Record | None:
        if self._watch is None:
            self._watch = self._clock().callLater(_WATCHING, self._look)
        record = Record(self._seconds(), said, self._form, self.master, took)
        is_queued = True
        for channel in self._channels:
            is_queued = channel.submit(record, ticket) and is_queued
        return record if is_queued else None

    def _unavailable(self, secret: str) -> AuditUnavailable:
        reasons = [
            f"{state.name}: {state.problem or 'it did not accept the event in time'}"
            for state in self.states
        ]
        return AuditUnavailable(
            secret,
            "what is given cannot be recorded, which audit_fail_closed=True demands "
            f"({'; '.join(reasons)}); mend one of the sinks",
        )

    def _record(self, event: Event) -> Record:
        return Record(self._seconds(), event, self._form, self.master)

    def _tell(self, observer: Observer, event: Event) -> None:
        try:
            observer(event)
        except Exception:  # noqa: BLE001 - others are told
            self.log.failure("while telling of an event of the audit trail")

    # -- sinks

    def _open(self, sink: Any, deadline: float, after: threading.Event | None) -> Channel:  # noqa: ANN401 - an IAuditSink
        def lost(name: str, count: int) -> Record:
            detail = "the sink did not keep up, or failed, and its queue was full"
            return self._record(Trail("lost", name, count, detail))

        def refused(name: str, record: Record, reason: str) -> Record:
            return self._record(Trail("refused", name, 1, f"{record.event.kind}: {reason}"))

        prepare = getattr(sink, "use_recorder", None)
        if prepare is not None:
            prepare(self._record)
        return Channel(
            sink,
            self._clock,
            deadline,
            lost=lost,
            refused=refused,
            set_aside=partial(self._set_aside, sink.name),
            changed=self._look_at_sinks,
            after=after,
        )

    def _set_aside(self, name: str, record: Record) -> None:
        """Log a record that a sink has refused, as far as it can be said at all."""
        try:
            content = record.text
        except Exception as error:  # noqa: BLE001 - perhaps that was why
            content = f"an event {record.event.kind!r} that cannot be said: {type(error).__name__}"
        text = "the audit sink {name!r} refuses an event, and goes on without it: {content}"
        self.log.emit(LogLevel.critical, text, name=name, content=content)

    def _close(self, channel: Channel) -> Deferred[None]:
        closed: Deferred[None] = Deferred()

        def ended() -> None:
            if not closed.called:
                closed.callback(None)

        channel.close(ended)

        def give_up(_: object) -> None:
            count = channel.abandon()
            text = "the audit sink {name!r} was given up with {count} events: they are lost"
            self.log.emit(LogLevel.critical, text, name=channel.sink.name, count=count)

        return closed.addTimeout(FLUSHING, self._clock()).addErrback(give_up)

    def _look(self) -> None:
        self._watch = self._clock().callLater(_WATCHING, self._look) if self._channels else None
        now = self._seconds()
        repeatable = self._repeatable.items()
        self._repeatable = {given: each for given, each in repeatable if each.may_repeat(now)}
        self._look_at_sinks()

    def _look_at_sinks(self) -> None:
        """Log what has changed, and fail what waits in vain."""
        for channel in self._channels:
            state = channel.state
            self._compare(self._told.get(channel, SinkState(state.name)), state)
            self._told[channel] = state
        if self._waiting and all(channel.is_ill for channel in self._channels):
            for waiting in list(self._waiting):
                if not waiting.called:
                    waiting.errback(_NobodyAcceptsError())

    def _compare(self, before: SinkState, now: SinkState) -> None:
        emit = self.log.emit
        if bool(now.problem) != bool(before.problem):
            if now.problem:
                text = "the audit sink {name!r} does not write: {problem}; {waiting} events wait"
                emit(LogLevel.critical, text, **vars(now))
            else:
                emit(LogLevel.info, "the audit sink {name!r} writes again", name=now.name)
        if now.warning and now.warning != before.warning:
            emit(LogLevel.critical, "the audit sink {name!r}: {warning}", **vars(now))
        if now.lost > before.lost:
            text = "the audit sink {name!r} has lost {lost} events since the start"
            emit(LogLevel.critical, text, **vars(now))

    def _clock(self) -> Any:  # noqa: ANN401 - two interfaces
        if self._reactor is None:
            from twisted.internet import reactor  # noqa: PLC0415 - not before it is needed

            self._reactor = reactor
        return self._reactor


class _NobodyAcceptsError(Exception):
    """All sinks fail or hang."""
