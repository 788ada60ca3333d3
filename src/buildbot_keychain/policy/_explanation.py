"""`explain`: why a policy decides what it does. For administrators: it names rules and facts."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from buildbot_keychain.details import Requester, SourceStamp
from buildbot_keychain.errors import quote
from buildbot_keychain.policy._addresses import without_password
from buildbot_keychain.policy._conditions import (
    BUILD,
    KNOWN,
    PERSON,
    UNKNOWN_STAMP,
    Check,
)
from buildbot_keychain.policy._engine import Decision, Outcome, Policy, Question
from buildbot_keychain.policy._rules import Rule


@dataclass(frozen=True)
class Explanation:
    """Why a policy has decided.

    :param matching: the rules that apply, in their order.
    :param failing: those that are about the secret and do not apply, each with the conditions that
        fail, as sentences without a full stop. Those that allow come first, the nearest before.
    """

    question: Question
    decision: Decision
    matching: tuple[Rule, ...]
    failing: tuple[tuple[Rule, tuple[str, ...]], ...]

    def summary(self) -> str:
        """Return why, in a line."""
        if self.decision.rule is not None:
            return _said_by(self.decision.outcome, self.decision.rule)
        if not self.failing or self.failing[0][0].denies:
            return "denied: no rule allows it to anybody"
        nearest, reasons = self.failing[0]
        why = "; ".join(reasons)
        return f"denied: no rule allows it; nearest is {nearest!r} ({nearest.location}): {why}"


def explain(policy: Policy, question: Question) -> Explanation:
    """Return why `policy` decides what it does."""
    provider, path, requester, canonical = question
    decision = policy.decide(provider, path, requester, canonical=canonical)
    about = policy.about(provider, path, canonical=canonical)
    matching = tuple(rule for rule in about if rule.applies(requester))
    failing = [
        (rule, tuple(dict.fromkeys(_failures(rule, requester))))
        for rule in about
        if not rule.applies(requester)
    ]
    failing.sort(key=lambda each: (each[0].denies, len(each[1])))
    return Explanation(question, decision, matching, tuple(failing))


def summaries(policy: Policy, decided: Iterable[tuple[Question, Decision]]) -> str:
    """Return why, in a line: for each provider, what `policy` has decided on the secret."""
    return "; ".join(
        f"{question.provider}!{question.path}: {_why(policy, question, decision)}"
        for question, decision in decided
    )


def _why(policy: Policy, question: Question, decision: Decision) -> str:
    # The rule that decides is all that a summary says; only without one, all others are looked at.
    if decision.rule is None:
        return explain(policy, question).summary()
    return _said_by(decision.outcome, decision.rule)


def _said_by(outcome: Outcome, rule: Rule) -> str:
    return f"{outcome.value} by {rule!r} ({rule.location})"


def described(requester: Requester) -> str:
    """Return who asks, as the object of a sentence."""
    if requester.kind == BUILD:
        return f"the builder {quote(requester.builder)}"
    if requester.kind == PERSON:
        return f"the user {quote(requester.owner)}"
    if requester.kind in KNOWN:
        return f"the {requester.kind} {quote(requester.service)}"
    return "whoever asks, who is not known,"


def _failures(rule: Rule, requester: Requester) -> Iterator[str]:
    """Yield the conditions of `rule` that keep it from applying to `requester`."""
    if requester.kind not in rule.kinds:
        yield from _wrong_kind(rule, requester)
        return
    stamps = (requester.source_stamps if requester.kind == BUILD else ()) or (UNKNOWN_STAMP,)
    for check in rule.checks:
        subjects = stamps if check.condition.per_stamp else (requester,)
        for subject in subjects:
            met = check(subject)
            if met is False or (met is None and not rule.denies):
                yield _failure(check, subject)
    if requester.kind == BUILD:
        yield from _switches(rule, requester, stamps)


def _wrong_kind(rule: Rule, requester: Requester) -> Iterator[str]:
    for check in rule.checks:
        if requester.kind not in check.condition.kinds:
            yield f"{check.condition.name}: a {requester.kind} has no such fact"
            return
    if rule.forced is not None or rule.outside:
        yield f"forced and outside are for builds, and this is a {requester.kind}"
        return
    remedy = "owners" if requester.kind == "person" else "services=['unknown']"
    yield f"the rule does not name who asks ({requester.kind}): that takes {remedy}"


def _switches(rule: Rule, build: Requester, stamps: tuple[SourceStamp, ...]) -> Iterator[str]:
    is_unknown = build.forced is None
    if (
        rule.forced is not None
        and build.forced is not rule.forced
        and not (is_unknown and rule.denies)
    ):
        found = "was" if build.forced else "was not"
        known = "is not known to have been" if is_unknown else found
        yield f"forced: the build {known} forced by a person, and the rule says {rule.forced}"
    if rule.denies:
        if rule.outside and build.outside is False and not any(s.patched for s in stamps):
            yield "outside: the code does not come from outside"
        return
    if rule.outside:
        return
    if any(stamp.patched for stamp in stamps):
        yield "outside: the code is patched, and the rule does not say outside=True"
    elif build.outside:
        yield "outside: the code comes from outside, and the rule does not say outside=True"
    elif build.outside is None and not getattr(rule, "names_origin", False):
        yield (
            "outside: no change says where the code comes from; the rule neither names a scheduler "
            "nor says forced=True or outside=True"
        )


def _failure(check: Check, subject: Requester | SourceStamp) -> str:
    name, what = check.condition.name, check.condition.subject
    patterns = " or ".join(map(repr, check.shown))
    fact = check.fact(subject)
    if fact is None:
        why = ""
        chosen = isinstance(subject, SourceStamp) and subject.revision_chosen
        if chosen and name in {"branches", "tag_names"}:
            why = ": whoever asked for the build chose the revision"
        return f"{name}: {what} is not known{why}; it must be {patterns}"
    shown = _shown(fact) if isinstance(fact, str) else list(fact)
    found = f"is {shown!r}" if fact else "does not exist"
    return f"{name}: {what} {found}, and must be {patterns}"


def _shown(fact: str) -> str:
    """Return a fact as it is shown: of an address, without a password or a token."""
    return without_password(fact.rpartition("\0")[2])
