"""`matrix_of`: a part of the matrix of secrets and builders. Pure.

What is decided depends on a secret only by the rules that are about it, and most secrets have those
of many others. So it is decided once for each builder that is shown and each set of rules, and a
search among thousands of secrets costs little more than a look at their names.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial

from buildbot_keychain.buildbot.www._listing import secrets_behind
from buildbot_keychain.buildbot.www._names import NameList
from buildbot_keychain.buildbot.www._used import NEVER, Used
from buildbot_keychain.details import SourceStamp
from buildbot_keychain.patterns import matcher
from buildbot_keychain.policy import (
    Foresight,
    Outcome,
    Policy,
    Prospect,
    supposed_build,
)
from buildbot_keychain.web.host_builders import OF_POLICY, REFUSED, Cell, Matrix, WantedCells
from buildbot_keychain.web.host_secrets import Listed

MOST_SEARCHED = 5_000
"""Secrets that are looked at for one page, of those that the visitor may know of."""

_REMEMBERED = 256
"""Sets of rules whose cells are kept. Thousands would have Python collect garbage for long."""

Limits = Mapping[str, Mapping[str, tuple[str, ...]]]
"""Patterns of the builders that alone may have a secret, by its provider and name."""


@dataclass(frozen=True)
class BuilderFacts:
    """What the configuration says of a builder."""

    name: str
    project: str | None = None
    tags: tuple[str, ...] = ()
    workers: tuple[str, ...] = ()

    @property
    def prospect(self) -> Prospect:
        """Its builds of code from inside."""
        of_builder = self.project, self.tags
        build = supposed_build(self.name, of_builder, SourceStamp(), outside=False)
        return Prospect(build, self.workers)


@dataclass
class Sources:
    """What a matrix is made of.

    :param lists: the names in each provider, by its name.
    :param canonical: the providers whose names are canonical.
    :param used: when builders were given what; nothing where that is not looked at.
    """

    builders: Sequence[BuilderFacts]
    lists: Mapping[str, NameList]
    canonical: Collection[str]
    policy: Policy | None = None
    limits: Limits = field(default_factory=dict)
    used: Used = field(default_factory=Used)


def matrix_of(sources: Sources, wanted: WantedCells) -> Matrix:
    """Return what is wanted."""
    builders, begin = _builders(sources.builders, wanted)
    cells = _Cells(builders, sources)
    rows: list[tuple[Listed, tuple[Cell, ...]]] = []
    after, last = None, ""
    if builders:
        for number, secret in enumerate(_secrets(sources, wanted)):
            if number == MOST_SEARCHED or len(rows) == wanted.limit:
                after = last
                break
            last = secret.name
            row = cells.of(secret, wanted.only)
            if any(cell.is_one_of(wanted.only) for cell in row):
                rows.append((secret, row))
    problems = {name: each.problem for name, each in sources.lists.items() if each.problem}
    names = tuple(builder.name for builder in builders)
    rules = () if sources.policy is None else sources.policy.rules
    return Matrix(names, tuple(rows), after, begin, problems, sources.used.is_complete, rules)


def _builders(
    builders: Sequence[BuilderFacts], wanted: WantedCells
) -> tuple[list[BuilderFacts], str | None]:
    """Return the builders that are shown, and the last of them if there are more."""
    needle = wanted.builder.casefold()
    found = sorted(
        (
            each
            for each in builders
            if needle in each.name.casefold() and (not wanted.tag or wanted.tag in each.tags)
        ),
        key=lambda each: each.name,
    )
    start = bisect_right([each.name for each in found], wanted.begin) if wanted.begin else 0
    shown = found[start : start + wanted.columns]
    return shown, shown[-1].name if len(found) > start + wanted.columns else None


def _secrets(sources: Sources, wanted: WantedCells) -> Iterator[Listed]:
    """Yield those that are searched for; what is hidden is not counted, nor gone on from."""
    lists = {
        name: each
        for name, each in sources.lists.items()
        if not wanted.provider or name == wanted.provider
    }
    needle = wanted.secret.casefold()
    for secret in secrets_behind(wanted.after, lists, sources.canonical):
        if (not needle or needle in secret.name.casefold()) and wanted.sees(secret):
            yield secret


class _Cells:
    """Makes the cells of secrets, for some builders."""

    def __init__(self, builders: Sequence[BuilderFacts], sources: Sources) -> None:
        self._builders = [builder.name for builder in builders]
        self._foresights = [Foresight(builder.prospect) for builder in builders]
        self._policy, self._limits = sources.policy, sources.limits
        self._used = [sources.used.of(name) for name in self._builders]
        self._by_rules: dict[tuple[int, ...], tuple[Cell, ...]] = {}
        if sources.policy is None:
            free = Cell(Outcome.ALLOWED)
            self._decided = partial(_same, tuple(free for _ in builders))
        else:
            self._decided = partial(self._by_policy, sources.policy)

    def of(self, secret: Listed, only: str = "") -> tuple[Cell, ...]:
        """Return the cells of a secret; perhaps none, if no cell is one of those wanted."""
        names = secret.path, secret.name
        if only == REFUSED and all(_when(used, names)[1] is None for used in self._used):
            return ()
        cells = self._limited(secret, self._decided(secret))
        if only in OF_POLICY and not any(cell.is_one_of(only) for cell in cells):
            return ()
        found = [_when(used, names) for used in self._used]
        if all(when == NEVER for when in found):
            return cells
        return tuple(
            cell if when == NEVER else replace(cell, given=when[0], refused=when[1])
            for cell, when in zip(cells, found, strict=True)
        )

    def _limited(self, secret: Listed, cells: tuple[Cell, ...]) -> tuple[Cell, ...]:
        patterns = self._limits.get(secret.provider, {}).get(secret.path)
        if patterns is None:
            return cells
        may_have = matcher(patterns)
        return tuple(
            cell if may_have(builder) else replace(cell, denied_by_provider=True)
            for cell, builder in zip(cells, self._builders, strict=True)
        )

    def _by_policy(self, policy: Policy, secret: Listed) -> tuple[Cell, ...]:
        rules = policy.about(secret.provider, secret.path, canonical=secret.is_canonical)
        key = tuple(map(id, rules))
        cells = self._by_rules.get(key)
        if cells is None:
            cells = tuple(Cell(*each.of(rules)) for each in self._foresights)
            if len(self._by_rules) >= _REMEMBERED:
                self._by_rules.clear()
            self._by_rules[key] = cells
        return cells


def _same(cells: tuple[Cell, ...], _secret: Listed) -> tuple[Cell, ...]:
    return cells


def _when(
    used: Mapping[str, tuple[int | None, int | None]], names: tuple[str, str]
) -> tuple[int | None, int | None]:
    """Return when a secret was last given and refused, by any of its names."""
    if not used:
        return NEVER
    first, second = (used.get(name, NEVER) for name in names)
    if second is NEVER:
        return first
    given, refused = (
        max((each for each in pair if each is not None), default=None)
        for pair in zip(first, second, strict=True)
    )
    return given, refused
