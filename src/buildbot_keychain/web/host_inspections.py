"""`IInspections`: what the pages of ``check`` and ``doctor`` ask of their host.

No value comes back. An inspection runs in a process of its own, one at a time. Its result is about
this host alone, which keeps it in memory.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from zope.interface import Attribute, Interface

CHECK, DOCTOR = "check", "doctor"
TASKS = (CHECK, DOCTOR)
"""What can be inspected: the configuration, as it is in its file now; the installation."""

PROBLEM, UNCHECKED, NOTE = "problem", "unchecked", "note"
LEVELS = (PROBLEM, UNCHECKED, NOTE)
"""How grave a finding is, the gravest first."""

STATES = (
    *("found", "dynamic", "not asked", "missing", "empty", "invalid", "failed", "unavailable"),
    *("denied", "differs"),
)
"""What a check can say of a secret."""

OUTCOMES = ("given", "allowed", "needs approval", "would be denied", "denied", "not asked")
"""What it can say of who names one."""


@dataclass(frozen=True)
class Begun:
    """An inspection that somebody has begun.

    :param id: what identifies it.
    :param task: one of `TASKS`.
    :param person: who has begun it.
    :param began: seconds since the epoch.
    :param offline: whether no provider is asked.
    """

    id: str
    task: str
    person: str
    began: float
    offline: bool


@dataclass(frozen=True)
class Running:
    """One that goes on.

    :param stage: what is done.
    :param done: how much of that, of `total`; both 0 where nobody knows.
    """

    begun: Begun
    stage: str = "starting"
    done: int = 0
    total: int = 0


@dataclass(frozen=True)
class Ended:
    """One that has ended.

    :param ended: seconds since the epoch.
    :param problem: why it has found nothing; empty if it has come to its end.
    :param inspected: the file, or the directory.
    :param counts: how many findings there are of each level.
    :param builders: how many builders there are; 0 of an installation, as the others.
    :param named: in how many places secrets are named.
    :param secrets: how many of them there are.
    :param is_outdated: whether the host has another configuration since it began.
    """

    begun: Begun
    ended: float
    problem: str = ""
    inspected: str = ""
    counts: Mapping[str, int] = field(default_factory=dict)
    builders: int = 0
    named: int = 0
    secrets: int = 0
    is_outdated: bool = False


@dataclass(frozen=True)
class State:
    """How the inspections of one task are.

    :param master: which host it is, where a database has several.
    :param running: the one that goes on, of whatever task.
    :param last: the last of this task that has ended.
    """

    master: str
    running: Running | None = None
    last: Ended | None = None


@dataclass(frozen=True)
class Found:
    """Something that somebody should know.

    :param level: one of `LEVELS`.
    :param kind: what it is, in a word or two.
    :param places: where; not all of them where there are many.
    :param more: how many places those are that are missing.
    :param remedy: what to do: a command, or a sentence; empty where the sentence says it.
    :param page: the address of the page that explains it; empty if there is none.
    """

    level: str
    kind: str
    sentence: str
    places: tuple[str, ...] = ()
    more: int = 0
    remedy: str = ""
    page: str = ""


@dataclass(frozen=True)
class Named:
    """A place in which a secret is named, and what will come of it.

    :param secret: the name, as it is written.
    :param state: one of `STATES`.
    :param provider: which has it; empty if none has.
    :param hidden: how well it can be hidden, in words; empty where nobody knows.
    :param builder: whose step it is; empty if it is something else's.
    :param where: the place, in words.
    :param outcome: one of `OUTCOMES`; empty where nobody names it in a place.
    :param rule: the rule that decides, and where it is written; empty if none does.
    :param depends: the conditions that each build meets or does not, by their names.
    """

    secret: str
    state: str
    provider: str
    hidden: str
    builder: str
    where: str
    outcome: str
    rule: str
    depends: tuple[str, ...]


@dataclass(frozen=True)
class WantedPlaces:
    """Which places are wanted.

    :param secret: a pattern of names; empty for all.
    :param builder: the same of builders.
    :param state: one of `STATES`; empty for all.
    :param outcome: one of `OUTCOMES`; empty for all.
    """

    secret: str = ""
    builder: str = ""
    state: str = ""
    outcome: str = ""


@dataclass(frozen=True)
class FoundPage:
    """Some of what was found.

    :param id: of the inspection that has found it.
    :param items: each a `Found`, or each a `Named`.
    :param count: how many there are of what is wanted.
    """

    id: str
    items: Sequence[Any]
    count: int


class IInspections(Interface):
    """The inspections of a host."""

    master = Attribute("Which host it is (`str`).")

    def state(task):  # type: ignore[no-untyped-def]  # noqa: ANN201 - zope's spelling
        """Return the `State` of a task, at once."""

    def begin(task, person, offline):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN201
        """Return a Deferred of whether one was begun, which is not so while another goes on.

        It fails with `buildbot_keychain.errors.AuditUnavailable` where that must be recorded first,
        and cannot be.

        :param person: the name of whoever is logged in, or whose token was sent (`str`).
        """

    def findings(task, level, after, limit):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN201
        """Return a Deferred of a `FoundPage` of findings; of ``None`` where there is no result.

        :param level: one of `LEVELS`; empty for all.
        :param after: how many are left out.
        """

    def places(wanted, after, limit):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN201
        """Return a Deferred of a `FoundPage` of what the last check has found of secrets.

        :param wanted: a `WantedPlaces`.
        """
