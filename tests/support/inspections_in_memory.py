"""`InspectionsInMemory`: an `IInspections` that shows what a test gives it."""

from __future__ import annotations

from collections.abc import Sequence

from twisted.internet.defer import Deferred, fail, succeed
from zope.interface import implementer

from buildbot_keychain.web import IInspections
from buildbot_keychain.web.host_inspections import (
    CHECK,
    DOCTOR,
    TASKS,
    Begun,
    Ended,
    Found,
    FoundPage,
    Named,
    Running,
    State,
    WantedPlaces,
)

PAGE = "https://example.org/doctor.html#http"
FINDINGS = (
    Found("problem", "http", "passwords go in plain", ("/srv/m/master.cfg",), 2, "use TLS", PAGE),
    Found("unchecked", "unread", "a file cannot be read"),
    Found("note", "swap", "there is swap"),
)
PLACES = (
    Named(
        "a", "found", "files", "as a word", "deploy", "step 1", "allowed", "Allow()", ("branch",)
    ),
    Named("b", "missing", "", "", "", "a reporter", "denied", "", ()),
)
COUNTS = {"problem": 1, "unchecked": 1, "note": 1}


@implementer(IInspections)
class InspectionsInMemory:
    """Has a result of each task, of which neither goes on.

    :ivar begun: those that were begun.
    :ivar error: what beginning one fails with.
    """

    master = "m1:/srv/m"

    def __init__(self) -> None:
        self.found: Sequence[Found] = FINDINGS
        self.named: Sequence[Named] = PLACES
        self.begun: list[Begun] = []
        self.running: Running | None = None
        self.error: Exception | None = None
        self.last = {
            task: Ended(
                Begun(f"{task}0", task, "ada", 1000.0, offline=False),
                1060.0,
                inspected="/srv/m/master.cfg",
                counts=COUNTS,
                builders=2,
                named=2,
                secrets=2,
            )
            for task in (CHECK, DOCTOR)
        }

    def state(self, task: str) -> State:
        assert task in TASKS
        return State(self.master, self.running, self.last.get(task))

    def begin(self, task: str, person: str, offline: bool) -> Deferred[bool]:
        if self.error is not None:
            return fail(self.error)
        if self.running is not None:
            return succeed(False)
        self.begun.append(Begun(f"{task}{len(self.begun) + 1}", task, person, 2000.0, offline))
        self.running = Running(self.begun[-1], "asking for secrets", 5, 9)
        return succeed(True)

    def findings(self, task: str, level: str, after: int, limit: int) -> Deferred[FoundPage | None]:
        if task not in self.last:
            return succeed(None)
        found = [each for each in self.found if level in ("", each.level)]
        return succeed(FoundPage(f"{task}0", found[after : after + limit], len(found)))

    def places(self, wanted: WantedPlaces, after: int, limit: int) -> Deferred[FoundPage | None]:
        if CHECK not in self.last:
            return succeed(None)
        found = [
            each
            for each in self.named
            if wanted.secret in ("", each.secret)
            and wanted.builder in ("", each.builder)
            and wanted.state in ("", each.state)
            and wanted.outcome in ("", each.outcome)
        ]
        return succeed(FoundPage(f"{CHECK}0", found[after : after + limit], len(found)))
