"""`foresee`: what a policy will decide on the builds of a builder, before there are any.

What all builds of a builder have in common is known. What differs from build to build, such as the
branch and whether the code comes from outside, is not: a condition of that kind may or may not be
met, and the decision depends on it.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass
from enum import IntEnum
from typing import NamedTuple

from buildbot_keychain.details import Requester
from buildbot_keychain.policy._conditions import BUILD, Check
from buildbot_keychain.policy._engine import Outcome, Policy, Question
from buildbot_keychain.policy._rules import Rule


@dataclass(frozen=True)
class Prospect:
    """What is known of whoever will ask.

    :param requester: what is known for certain; of a build, its builder with its project and tags,
        and whether it is of code from outside if only such builds, or only others, are meant.
    :param workers: the workers of which one will build.
    :param schedulers: the schedulers of which one will have asked.
    :param repositories: those that the steps check out; empty where that is not known.
    """

    requester: Requester
    workers: tuple[str, ...] = ()
    schedulers: tuple[str, ...] = ()
    repositories: tuple[str, ...] = ()


class Foreseen(NamedTuple):
    """What a policy will decide.

    :param rule: a rule that decides; ``None`` where no `Allow` can apply.
    :param depends: the conditions that each build meets or does not, by the names of the arguments
        of rules. Where it does not meet them, the secret is denied, or ``"approval"`` is needed.
    """

    outcome: Outcome
    rule: Rule | None
    depends: tuple[str, ...] = ()


class _Met(IntEnum):
    NEVER = 0
    MAYBE = 1
    ALWAYS = 2


def foresee(policy: Policy, question: Question, prospect: Prospect) -> Foreseen:
    """Return what `policy` will decide.

    :param question: what will be asked; its requester is that of `prospect`.
    """
    provider, path, requester, canonical = question
    if requester.kind != BUILD:
        return Foreseen(*policy.decide(provider, path, requester, canonical=canonical))
    return Foresight(prospect).of(policy.about(provider, path, canonical=canonical))


_REMEMBERED = 256
"""Rules of which it is remembered how they are judged."""


class Foresight:
    """Foresees what rules will decide on the builds of one prospect, for one secret after another.

    A rule is judged once, as long as it is remembered.
    """

    def __init__(self, prospect: Prospect) -> None:
        self._prospect = prospect
        self._judged: dict[int, tuple[Rule, _Met, tuple[str, ...]]] = {}

    def of(self, rules: Sequence[Rule]) -> Foreseen:
        """Return what the rules about a secret, as `Policy.about` returns them, will decide."""
        return _decision([self._judge(rule) for rule in rules])

    def _judge(self, rule: Rule) -> tuple[Rule, _Met, tuple[str, ...]]:
        # The rule is kept, so no other one can have its id.
        judged = self._judged.get(id(rule))
        if judged is None:
            if len(self._judged) >= _REMEMBERED:
                self._judged.clear()
            judged = self._judged[id(rule)] = (rule, *_judge(rule, self._prospect))
        return judged


def _decision(judged: Sequence[tuple[Rule, _Met, tuple[str, ...]]]) -> Foreseen:
    denying = [each for each in judged if each[0].denies and each[1] is not _Met.NEVER]
    for rule, met, _ in denying:
        if met is _Met.ALWAYS:
            return Foreseen(Outcome.DENIED, rule)
    allowing = [each for each in judged if not each[0].denies and each[1] is not _Met.NEVER]
    if not allowing:
        return Foreseen(Outcome.DENIED, None)
    # The one that depends on least; where it depends on nothing, it is the first that decides.
    rule, _, depends = min(allowing, key=lambda each: len(each[2]))
    others = [name for _, _, names in denying for name in names]
    asking = [each for each in allowing if each[0].approval is not None]
    certain = next((each for each in asking if each[1] is _Met.ALWAYS or each[0] is rule), None)
    if certain is not None or len(asking) == len(allowing):
        rule, _, depends = certain or asking[0]
        return Foreseen(Outcome.NEEDS_APPROVAL, rule, _unique([*depends, *others]))
    others += ["approval"] if asking else []
    return Foreseen(Outcome.ALLOWED, rule, _unique([*depends, *others]))


def _unique(names: Collection[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(names))


def _judge(rule: Rule, prospect: Prospect) -> tuple[_Met, tuple[str, ...]]:
    """Return whether `rule` applies to builds, and the conditions that decide it for each."""
    if BUILD not in rule.kinds:
        return _Met.NEVER, ()
    found = list(_conditions(rule, prospect))
    if any(met is _Met.NEVER for _, met in found):
        return _Met.NEVER, ()
    open_ones = tuple(name for name, met in found if met is _Met.MAYBE)
    return (_Met.MAYBE if open_ones else _Met.ALWAYS), open_ones


def _conditions(rule: Rule, prospect: Prospect) -> Iterator[tuple[str, _Met]]:
    for check in rule.checks:
        judge = _OF_BUILDERS.get(check.condition.name, _unknown)
        yield check.condition.name, judge(check, prospect)
    if rule.forced is not None:
        yield "forced", _Met.MAYBE
    if rule.outside is rule.denies:  # an Allow that is not for all code, a Deny that is not either
        yield "outside", _outside(rule, prospect.requester.outside)


def _outside(rule: Rule, outside: bool | None) -> _Met:  # noqa: FBT001 - of `Requester`
    if outside is None:
        return _Met.MAYBE
    return _Met.ALWAYS if outside is rule.denies else _Met.NEVER


def _unknown(_check: Check, _prospect: Prospect) -> _Met:
    return _Met.MAYBE


def _certain(check: Check, prospect: Prospect) -> _Met:
    return _Met.ALWAYS if check(prospect.requester) else _Met.NEVER


def _one_of(name: str) -> Callable[[Check, Prospect], _Met]:
    def judge(check: Check, prospect: Prospect) -> _Met:
        found = [check.matches(each) for each in getattr(prospect, name)]
        if found and all(found):
            return _Met.ALWAYS
        return _Met.MAYBE if any(found) or not found else _Met.NEVER

    return judge


def _repositories(check: Check, prospect: Prospect) -> _Met:
    # What a change says may be spelled otherwise than what a step checks out.
    found = [check.matches(each) for each in prospect.repositories]
    return _Met.ALWAYS if found and all(found) else _Met.MAYBE


_OF_BUILDERS: dict[str, Callable[[Check, Prospect], _Met]] = {
    "builders": _certain,
    "projects": _certain,
    "tags": _certain,
    "workers": _one_of("workers"),
    "schedulers": _one_of("schedulers"),
    "repositories": _repositories,
}
"""How a condition is judged by what is known of a builder; what is not here is not known."""
