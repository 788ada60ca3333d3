"""Which secrets were hidden in the log of a step, so that a leak that was caught is noticed.

`LogReport` counts them while a log is written. When it is finished, `Reporter` tells whoever wants
to know, with one `HiddenSecret` for each, and ``twistd.log``, once for each builder, step and
secret. Both name the true secrets. What the log itself says of them, `LogReport.sentence`, names
only those that its readers were given: the others have no name there either.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from twisted.logger import Logger, LogLevel

from buildbot_keychain.deferreds import returns_deferred
from buildbot_keychain.redaction.audience import Label

_log = Logger()

_MOST = 10_000
"""Builders, steps and secrets that are remembered as told."""


@dataclass(frozen=True)
class HiddenSecret:
    """A secret that was hidden in something that a step has written. Holds nothing of its value."""

    secret: str
    """Its true name."""
    builder: str | None
    step: str | None
    sink: str
    """Where it was hidden: ``log``."""
    count: int
    """How many times."""
    build: int | None
    """The id of the build."""
    log: str
    line: int | None
    """Where it was hidden first: the line of the log as it is stored, from 1, if that is known."""


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
            if label.shown == f"<{label.name}>":
                self._shown.add(label.name)
            else:
                self._others = True
        return stored

    def sentence(self) -> str:
        """Return what the readers of the log may know of it, or ``""`` if nothing was hidden."""
        count = len(self._shown)
        if not count:
            return "secrets without a name here were hidden in this log" if self._others else ""
        subject = "1 secret was" if count == 1 else f"{count} secrets were"
        more = ", and others without a name here" if self._others else ""
        return f"{subject} hidden in this log: {', '.join(sorted(self._shown))}{more}"


class Reporter:
    """Reports which steps write secrets.

    :param master: Buildbot's ``BuildMaster``.
    :param is_on: returns whether anything is reported of a log that is opened now.
    """

    def __init__(self, master: Any, is_on: Callable[[], bool]) -> None:
        self._master = master
        self._is_on = is_on
        self._observers: list[Callable[[HiddenSecret], object]] = []
        self._told: OrderedDict[tuple[str | None, str | None, str], None] = OrderedDict()

    def on_hidden(self, observer: Callable[[HiddenSecret], object]) -> None:
        """Call `observer` with a `HiddenSecret` for each secret that was hidden in a log."""
        self._observers.append(observer)

    def log_opened(self, stepid: int, name: str) -> LogReport | None:
        """Return a report for a log; ``None`` if nothing is to be told of it."""
        return LogReport(stepid, name) if self._is_on() else None

    @returns_deferred
    async def log_finished(self, report: LogReport) -> None:
        """Report what was hidden in a log; never fails."""
        if not report.found:
            return
        buildid, step, builder = await self._origin(report.stepid)
        for secret, (count, line) in report.found.items():
            hidden = HiddenSecret(secret, builder, step, "log", count, buildid, report.log, line)
            self._tell_administrator(hidden)
            for observer in self._observers:
                _call(observer, hidden)

    async def _origin(self, stepid: int) -> tuple[int | None, str | None, str | None]:
        """Return the id of the build, the name of the step and that of the builder."""
        buildid = name = None
        get = self._master.data.get
        try:
            step = await get(("steps", str(stepid)))
            buildid, name = step["buildid"], step["name"]
            build = await get(("builds", str(buildid)))
            builder = await get(("builders", str(build["builderid"])))
        except Exception:  # noqa: BLE001 - the database may be down; what is known is told
            return buildid, name, None
        return buildid, name, builder["name"]

    def _tell_administrator(self, hidden: HiddenSecret) -> None:
        key = (hidden.builder, hidden.step, hidden.secret)
        if key in self._told:
            return
        self._told[key] = None
        if len(self._told) > _MOST:
            self._told.popitem(last=False)
        _log.emit(
            LogLevel.info,
            "the secret {secret!r} was hidden in the log {log!r} of the step {step!r} of the "
            "builder {builder!r}, first in line {line} (build {build}); if it should not be "
            "there, change the step and the secret",
            **vars(hidden),
        )


def _call(observer: Callable[[HiddenSecret], object], hidden: HiddenSecret) -> None:
    try:
        observer(hidden)
    except Exception:  # noqa: BLE001 - its error is logged, and others are told
        _log.failure("while telling that a secret was hidden")
