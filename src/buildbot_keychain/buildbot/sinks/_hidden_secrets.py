"""Which secrets were hidden, where, and in what, so that a leak that was caught is noticed.

`LogReport` counts them while the log of a step is written; all other sinks call `Reporter.redact`,
or `Reporter.hidden` after they have hidden something. Nothing is counted where nothing was found.
`Reporter` adds up by secret, builder, step and sink, and tells whoever wants to know, with a
`HiddenSecret`, and ``twistd.log``, the first time. All of that names the true secrets, as its
readers are those of the master's own files. What a log itself says of them, `LogReport.sentence`,
names only those that its readers were given: the others have no name there either.

What is told is itself redacted in ``twistd.log``, like everything there, but not counted.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

from twisted.logger import Logger, LogLevel

from buildbot_keychain.buildbot.builds import building
from buildbot_keychain.buildbot.sinks._origins import Origins, Place, place_at_work
from buildbot_keychain.deferreds import returns_deferred
from buildbot_keychain.latest import Latest
from buildbot_keychain.redaction import Audience
from buildbot_keychain.redaction.audience import Label
from buildbot_keychain.redaction.structures import redact_each, redact_value

_log = Logger()

_NAMELESS = re.compile(r"<secret(?:-\d+)?>")

MOST = 10_000
"""Secrets, each with a builder, step and sink, whose count is kept, or that wait to be told of."""

LOG = "log"
"""The sink that the log of a step is."""


@dataclass(frozen=True)
class HiddenSecret:
    """A secret that was hidden in something. Holds nothing of its value."""

    secret: str
    """Its true name."""
    builder: str | None
    step: str | None
    sink: str
    """What it was hidden in: ``log``, ``step state``, ``property``, ``twistd.log``, ..."""
    count: int
    """How many times."""
    build: int | None
    """The id of the build where it was hidden first."""
    number: int | None
    """The number of that build."""
    log: str | None
    """The name of the log, if it is one."""
    line: int | None
    """Where in the log it was hidden first: the line as it is stored, from 1, if that is known."""


_What = tuple[str, str | None, str | None, str]
"""The first fields of a `HiddenSecret`, by which it is counted."""

_Where = tuple[int | None, int | None, str | None, int | None]
"""Its fields behind the count."""


class LogReport:
    """What was hidden in one log.

    :param stepid: whose log it is.
    :param log: its name.
    """

    def __init__(self, stepid: int, log: str) -> None:
        self.stepid = stepid
        self.log = log
        self.found: dict[str, tuple[int, int | None]] = {}
        self._shown: set[str] = set()
        self._others = False

    def note(self, stored: object, labels: Iterable[Label]) -> object:
        """Note what was hidden in lines that have been stored.

        :param stored: the first and the last of them, from 0, as Buildbot returns it.
        :return: `stored`.
        """
        first = stored[0] if isinstance(stored, tuple) else None
        for label in labels:
            line = None if first is None else first + label.line + 1
            count, earlier = self.found.get(label.name, (0, line))
            self.found[label.name] = count + 1, earlier
            if shows_name(label):
                self._shown.add(label.name)
            else:
                self._others = True
        return stored

    def sentence(self, coming: Collection[Label] = ()) -> str:
        """Return what the readers of the log may know of it, or ``""`` if nothing was hidden.

        :param coming: what was hidden in lines that are still to be stored.
        """
        shown = self._shown.union(label.name for label in coming if shows_name(label))
        others = self._others or not all(map(shows_name, coming))
        count = len(shown)
        if not count:
            return "secrets without a name here were hidden in this log" if others else ""
        subject = "1 secret was" if count == 1 else f"{count} secrets were"
        more = ", and others without a name here" if others else ""
        return f"{subject} hidden in this log: {', '.join(sorted(shown))}{more}"


class Reporter:
    """Reports who writes secrets, and where.

    :param master: Buildbot's ``BuildMaster``.
    :param is_on: returns whether anything is reported now.
    """

    def __init__(self, master: Any, is_on: Callable[[], bool]) -> None:
        self._master = master
        self._is_on = is_on
        self._observers: list[Callable[[HiddenSecret], object]] = []
        self._origins = Origins(master)
        # How often, and where it was first. Tuples: the garbage collector leaves them out.
        self._counted: Latest[_What, tuple[int, _Where]] = Latest(MOST)
        # How often a secret was hidden in a sink by what is in a place, until it is told.
        self._waiting: Counter[tuple[str, str, Place]] = Counter()
        self._is_telling = False
        self._is_talking = False
        self._by_sink: Counter[str] = Counter()
        self._of_process: set[str] = set()

    def on_hidden(self, observer: Callable[[HiddenSecret], object]) -> None:
        """Call `observer` with a `HiddenSecret` when secrets were hidden, with what is new of it.

        For the log of a step that is when the log is finished, for anything else at once; `count`
        is how often it was since.
        """
        self._observers.append(observer)

    @property
    def counted(self) -> tuple[HiddenSecret, ...]:
        """What was hidden since the master started, by secret, builder, step and sink.

        Each has the place where that was first.
        """
        return tuple(
            HiddenSecret(*what, count, *where) for what, (count, where) in self._counted.items()
        )

    @property
    def count_by_sink(self) -> dict[str, int]:
        """How often secrets were hidden in what the master stores, by sink.

        What the process logs is left out: anybody may have a text logged there, by trying to log
        in, and a count would tell whether it is a secret.
        """
        found = self._by_sink.items()
        return {sink: count for sink, count in found if sink not in self._of_process}

    def running_step(self, buildid: int | None) -> Any:
        """Return the step that runs in the build with this id, Buildbot's ``BuildStep``, if any."""
        return self._origins.running_step(buildid)

    def step_added(self, stepid: int, buildid: int, name: str) -> None:
        """Note a new step, with its name as it is stored."""
        self._origins.note_step(stepid, buildid, name)

    def log_opened(self, stepid: int, name: str) -> LogReport | None:
        """Return a report for a log; ``None`` if nothing is to be told of it."""
        return LogReport(stepid, name) if self._is_on() else None

    @returns_deferred
    async def log_finished(self, report: LogReport) -> None:
        """Report what was hidden in a log; never fails."""
        if not report.found:
            return
        builder, build, number, step = await self._origins.of(Place(stepid=report.stepid))
        for secret, (count, line) in report.found.items():
            self._tell(
                HiddenSecret(
                    secret, builder, step, LOG, count, build, number, log=report.log, line=line
                )
            )

    def redact(self, sink: str, place: Place, audience: Audience, value: Any) -> Any:
        """Return a `value` redacted for an `audience`, and report what was hidden in it.

        :param place: what the value is of, as in `hidden`.
        """
        clean = redact_value(audience, value)
        if clean is not value and clean != value:
            self.hidden(sink, place, audience, value)
        return clean

    def hidden(
        self, sink: str, place: Place, audience: Audience, value: object, *, numbers: bool = False
    ) -> None:
        """Report what `redact_value` has hidden in a `value` for an `audience`; never fails.

        :param place: what the value is of; without a step it is of the one that runs.
        """
        try:
            if self._is_talking or not self._is_on():
                return
            names = Counter(label.name for label in labels_in(audience, value, numbers=numbers))
            if names and place.stepid is None and place.buildid is not None:
                step = self.running_step(place.buildid)
                place = place._replace(stepid=getattr(step, "stepid", None))
            self._count(sink, place, names)
        except Exception:  # noqa: BLE001 - what was to be stored is stored nevertheless
            self._talk(partial(_log.failure, "while counting the secrets that were hidden"))

    def hidden_in_process(self, sink: str, audience: Audience, values: Iterable[object]) -> None:
        """Report what was hidden in the first of these values in which there is something.

        May be called in any thread; never fails.

        :param values: what a process logs, whoever made it do so.
        """
        if self._is_talking:
            return
        try:
            found = (Counter(label.name for label in labels_in(audience, each)) for each in values)
            names = next(filter(None, found), None)
            if names:
                self._of_process.add(sink)
                place = place_at_work()
                self._master.reactor.callFromThread(self._count_if_on, sink, place, names)
        except Exception:  # noqa: BLE001 - logging never fails
            self._talk(partial(_log.failure, "while counting the secrets that were hidden"))

    def _count_if_on(self, sink: str, place: Place, names: Mapping[str, int]) -> None:
        if self._is_on():
            self._count(sink, place, names)

    def _count(self, sink: str, place: Place, names: Mapping[str, int]) -> None:
        for name, count in names.items():
            key = name, sink, place
            if key in self._waiting or len(self._waiting) < MOST:
                self._waiting[key] += count
        if self._waiting and not self._is_telling:
            # Whoever is told does not act for the build.
            with building(None):
                self._tell_waiting()

    @returns_deferred
    async def _tell_waiting(self) -> None:
        self._is_telling = True
        try:
            while self._waiting:
                waiting, self._waiting = self._waiting, Counter()
                for (secret, sink, place), count in waiting.items():
                    builder, build, number, step = await self._origins.of(place)
                    self._tell(
                        HiddenSecret(
                            secret, builder, step, sink, count, build, number, log=None, line=None
                        )
                    )
        finally:
            self._is_telling = False

    def _tell(self, hidden: HiddenSecret) -> None:
        self._by_sink[hidden.sink] += hidden.count
        key = hidden.secret, hidden.builder, hidden.step, hidden.sink
        earlier = self._counted.get(key)
        if earlier is None:
            where = hidden.build, hidden.number, hidden.log, hidden.line
            self._counted[key] = hidden.count, where
            self._talk(partial(_tell_administrator, hidden))
        else:
            self._counted[key] = earlier[0] + hidden.count, earlier[1]
        for observer in self._observers:
            self._talk(partial(_call, observer, hidden))

    def _talk(self, say: Callable[[], object]) -> None:
        """Call `say`; what it logs is redacted and not counted, or it could go on for ever."""
        was_talking, self._is_talking = self._is_talking, True
        try:
            say()
        finally:
            self._is_talking = was_talking


class _Listing:
    """Redacts for an audience, and lists the labels that it shows."""

    def __init__(self, audience: Audience) -> None:
        self._audience = audience
        self.labels: list[Label] = []

    def redact(self, text: str) -> str:
        self.labels += self._audience.labels_in(text)
        return self._audience.redact(text)


def labels_in(audience: Audience, value: object, *, numbers: bool = False) -> list[Label]:
    """List the labels that `redact_value` shows in `value`."""
    listing = _Listing(audience)
    redact_each(listing, value, numbers=numbers)
    return listing.labels


def shows_name(label: Label) -> bool:
    """Return whether a label shows the name of its secret.

    One that may stand for any secret shows none, not even if that one is called so.
    """
    return label.shown == f"<{label.name}>" and not _NAMELESS.fullmatch(label.shown)


def _tell_administrator(hidden: HiddenSecret) -> None:
    what = hidden.sink if hidden.sink.endswith(".log") else f"the {hidden.sink}"
    facts = {
        "builder": hidden.builder,
        "build": hidden.number,
        "step": hidden.step,
        "line": hidden.line,
    }
    known = [f"{name} {fact!r}" for name, fact in facts.items() if fact is not None]
    if hidden.log is not None:
        what += f" {hidden.log!r}"
    _log.emit(
        LogLevel.info,
        "the secret {secret!r} was hidden in {where}; if it should not be there, change what "
        "writes it, and the secret",
        where=f"{what} ({', '.join(known)})" if known else what,
        **vars(hidden),
    )


def _call(observer: Callable[[HiddenSecret], object], hidden: HiddenSecret) -> None:
    try:
        observer(hidden)
    except Exception:  # noqa: BLE001 - its error is logged, and others are told
        _log.failure("while telling that a secret was hidden")
