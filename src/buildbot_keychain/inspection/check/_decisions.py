"""What the policy of a configuration will decide on those who ask."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from buildbot_keychain.configuration import Configuration
from buildbot_keychain.inspection.check._report import GIVEN, WOULD_BE_DENIED
from buildbot_keychain.policy import Outcome, Prospect, Question, explain, foresee

_ORDER = (Outcome.DENIED, Outcome.NEEDS_APPROVAL, Outcome.ALLOWED)


class Decided(NamedTuple):
    """What is decided.

    :param outcome: as in a `Decision` of the report.
    :param reason: why it is denied, in a line.
    :param is_given: whether a provider would be asked for it.
    """

    outcome: str
    rule: str | None = None
    location: str | None = None
    depends: tuple[str, ...] = ()
    reason: str = ""
    is_given: bool = True


def decide(
    configuration: Configuration, questions: Sequence[Question], prospect: Prospect
) -> Decided:
    """Return what will be decided when `prospect` asks.

    :param questions: for each provider that would be asked, by anybody.
    """
    if configuration.policies is None:
        return Decided(GIVEN)
    policy = configuration.policies.policy
    asked = [question._replace(requester=prospect.requester) for question in questions]
    found = [(foresee(policy, question, prospect), question) for question in asked]
    if not found:
        return Decided(Outcome.DENIED.value, reason="no provider can have it", is_given=False)
    # One denial denies the lookup.
    first, question = min(found, key=lambda each: _ORDER.index(each[0].outcome))
    depends = tuple(dict.fromkeys(name for each, _ in found for name in each.depends))
    rule, location = None, None
    if first.rule is not None:
        rule, location = repr(first.rule), first.rule.location
    if first.outcome is not Outcome.DENIED:
        return Decided(first.outcome.value, rule, location, depends)
    reports = configuration.reports_only
    outcome = WOULD_BE_DENIED if reports else first.outcome.value
    reason = explain(policy, question).summary().removeprefix("denied: ")
    given = next((one for each, one in found if each.outcome is not Outcome.DENIED), None)
    if given is not None:
        reason = (
            f"the provider {question.provider!r} would be asked as well, and is denied it: "
            f"{reason}; write {f'{given.provider}!{given.path}'!r} to ask {given.provider!r} alone"
        )
    return Decided(outcome, rule, location, (), reason, is_given=reports)
