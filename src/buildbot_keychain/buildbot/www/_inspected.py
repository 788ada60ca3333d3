"""`Inspected`: what an inspection has found, as pages show it. Begins and follows one. Blocks.

Places are kept as texts in tuples: many thousands of those cost little memory, and the garbage
collector leaves them alone. Filtering takes time in proportion to them, so it is for a thread.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from buildbot_keychain.patterns import matcher_of
from buildbot_keychain.web.host_inspections import (
    CHECK,
    LEVELS,
    Found,
    FoundPage,
    Named,
    WantedPlaces,
)

if TYPE_CHECKING:
    from buildbot_keychain.inspection import Finding, Limits
    from buildbot_keychain.inspection.check import Decision, Report, Secret

SECONDS = 300.0
"""How long the configuration may be executed, and then its providers be asked."""

MOST_PLACES = 20
"""Of one finding."""

ABOUT_CHECK = "https://buildbot-keychain.readthedocs.io/page/how-to/check.html#what-it-finds"
"""The section about what a check finds, in the newest release of the documentation."""

Row = tuple[str, ...]
"""The fields of a `Named`, in their order; the conditions are joined by `_AND`."""

_AND = "\0"
_SECURE = "https://"

Progress = Callable[[int, int, str], None]


@dataclass(frozen=True)
class Inspected:
    """What was found.

    :param file: what was inspected.
    :param counts: how many findings there are of each level.
    :param findings: the gravest first.
    :param rows: where secrets are named, sorted by their names.
    """

    file: str
    counts: Mapping[str, int] = field(default_factory=dict)
    findings: Sequence[Found] = ()
    rows: Sequence[Row] = ()
    builders: int = 0
    named: int = 0
    secrets: int = 0

    def of_level(self, level: str, after: int, limit: int) -> FoundPage:
        """Return some of the findings of a level; of all levels if it is empty."""
        wanted = [each for each in self.findings if level in {"", each.level}]
        return FoundPage("", wanted[after : after + limit], len(wanted))

    def places(self, wanted: WantedPlaces, after: int, limit: int) -> FoundPage:
        """Return some of the places in which secrets are named."""
        found = list(_matching(self.rows, wanted))
        return FoundPage("", list(map(_named, found[after : after + limit])), len(found))


def inspect(
    task: str, path: str, progress: Progress, limits: Limits, *, offline: bool
) -> Inspected:
    """Return what the inspection of an installation finds.

    :param task: one of `buildbot_keychain.web.host_inspections.TASKS`.
    :param path: the file of a configuration, or the directory of a master.
    :param progress: called with how much has been done, of how much, and what that is.
    :param limits: what ends it.
    :param offline: whether no provider is asked.
    :raise ConfigurationError: if it cannot be inspected, or is ended.
    """
    if task == CHECK:
        from buildbot_keychain.inspection.check import run_check  # noqa: PLC0415 - as below

        return of_report(run_check(path, SECONDS, progress, offline=offline, limits=limits))
    from buildbot_keychain.inspection.doctor import run_doctor  # noqa: PLC0415 - few masters need it

    found = run_doctor(path, SECONDS, progress, offline=offline, limits=limits)
    return Inspected(found.file, _counts(found.findings), tuple(map(_found, found.findings)))


def of_report(report: Report) -> Inspected:
    """Return what a check has found."""
    return Inspected(
        report.file,
        _counts(report.findings),
        tuple(_found(each, ABOUT_CHECK) for each in report.findings),
        tuple(row for secret in report.secrets for row in _rows(secret)),
        report.builders,
        report.named,
        len(report.secrets),
    )


def _counts(findings: Sequence[Finding]) -> dict[str, int]:
    levels = [each.level for each in findings]
    return {level: levels.count(level) for level in LEVELS}


def _found(finding: Finding, about: str = "") -> Found:
    places = finding.places
    page = finding.page or about
    return Found(
        finding.level,
        finding.kind,
        finding.sentence,
        places[:MOST_PLACES],
        max(0, len(places) - MOST_PLACES),
        finding.remedy,
        page if page.startswith(_SECURE) else "",
    )


def _rows(secret: Secret) -> Iterator[Row]:
    about = secret.name, secret.state, secret.provider or "", secret.hidden or ""
    for decision in secret.decisions:
        rule, depends = _rule(decision), _AND.join(decision.depends)
        for place in decision.places:
            where = place.builder or "", str(place), decision.outcome
            yield (*about, *where, rule, depends)
    if not secret.decisions:
        yield (*about, "", "", "", "", "")


def _rule(decision: Decision) -> str:
    return "" if decision.rule is None else f"{decision.rule} ({decision.location})"


def _named(row: Row) -> Named:
    *texts, joined = row
    fields: tuple[Any, ...] = (*texts, tuple(joined.split(_AND)) if joined else ())
    return Named(*fields)


def _matching(rows: Sequence[Row], wanted: WantedPlaces) -> Iterator[Row]:
    is_secret = matcher_of(wanted.secret or "*")
    is_builder = matcher_of(wanted.builder or "*")
    for row in rows:
        secret, state, _, _, builder, _, outcome, _, _ = row
        if (
            is_secret(secret)
            and is_builder(builder)
            and wanted.state in {"", state}
            and wanted.outcome in {"", outcome}
        ):
            yield row
