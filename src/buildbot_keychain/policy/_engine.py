"""`Policy`: decides who is given which secret.

A matching `Deny` wins wherever it stands; otherwise a matching `Allow`; otherwise the secret is
denied. The order of the rules means nothing.

The rules are indexed by what the secrets that they match begin with, so a decision looks at few of
a thousand. Of those, what denies comes first, then what demands approval, and the first that
applies decides. Why is found out when somebody wants to know.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from enum import Enum
from functools import lru_cache
from typing import NamedTuple

from buildbot_keychain.details import Requester
from buildbot_keychain.patterns import ANYTHING, Matcher, literal_prefix, matcher_of
from buildbot_keychain.policy._approval import Approval
from buildbot_keychain.policy._rules import Rule, SecretPattern


class Outcome(Enum):
    """What a policy decides."""

    ALLOWED = "allowed"
    NEEDS_APPROVAL = "needs approval"
    DENIED = "denied"


class Question(NamedTuple):
    """What is decided.

    :param provider: the name of the provider that would be asked.
    :param path: the canonical name of the secret in it; as it is spelled if it is not `canonical`.
    :param canonical: whether all spellings by which the provider yields the secret are one. If not,
        only a rule that spells the path exactly gives it.
    """

    provider: str
    path: str
    requester: Requester
    canonical: bool = True


class Decision(NamedTuple):
    """What a policy has decided, and by which rule.

    :param rule: a rule that decided; ``None`` where no `Allow` applies.
    """

    outcome: Outcome
    rule: Rule | None

    @property
    def is_allowed(self) -> bool:
        """Whether the secret may be given now."""
        return self.outcome is Outcome.ALLOWED


class _Entry(NamedTuple):
    """A rule, for one of its patterns of secrets."""

    number: int
    rule: Rule
    in_provider: Matcher
    matches: Matcher
    is_exact: bool


_Choice = tuple[Callable[[Requester], bool], Decision]
"""Whether a rule applies to a requester, and what is decided then."""

_DENIED = Decision(Outcome.DENIED, None)

_REMEMBERED = 4096
"""Secrets of which it is remembered which rules are about them."""


class Policy:
    """Decides by `rules`: `Allow` and `Deny`."""

    def __init__(self, rules: Sequence[Rule]) -> None:
        self.rules = tuple(rules)
        self._by_prefix: dict[str, list[_Entry]] = {}
        for number, rule in enumerate(self.rules):
            for pattern in rule.secrets:
                prefix = literal_prefix(pattern.path)
                self._by_prefix.setdefault(prefix, []).append(_entry(number, rule, pattern))
        self._lengths = sorted({len(prefix) for prefix in self._by_prefix})
        self._choices = lru_cache(_REMEMBERED)(self._find_choices)

    def decide(
        self,
        provider: str,
        path: str,
        requester: Requester,
        *,
        canonical: bool = True,
        remember: bool = True,
    ) -> Decision:
        """Return whether `requester` is given a secret; see `Question` for the arguments.

        :param remember: whether the secret will be asked for again soon; not if all are listed.
        """
        choices = self._choices if remember else self._find_choices
        for applies, decision in choices(provider, path, canonical):
            if applies(requester):
                return decision
        return _DENIED

    def approvals(
        self, provider: str, path: str, requester: Requester, *, canonical: bool = True
    ) -> tuple[Approval, ...]:
        """Return which approvals the rules that apply to `requester` demand: all are needed.

        The arguments are those of `decide`.
        """
        about = self.about(provider, path, canonical=canonical)
        found = {rule.approval for rule in about if rule.approval and rule.applies(requester)}
        return tuple(sorted(found, key=repr))

    def about(self, provider: str, path: str, *, canonical: bool = True) -> list[Rule]:
        """Return the rules about a secret, whoever asks, in their order."""
        numbers: set[int] = set()
        for length in self._lengths:
            for entry in self._by_prefix.get(path[:length], ()) if length <= len(path) else ():
                counts = canonical or entry.is_exact or entry.rule.denies
                if counts and entry.matches(path) and entry.in_provider(provider):
                    numbers.add(entry.number)
        return [self.rules[number] for number in sorted(numbers)]

    def _find_choices(self, provider: str, path: str, canonical: bool) -> tuple[_Choice, ...]:  # noqa: FBT001 - lru_cache is faster so
        """Return what may be decided, of which the first that applies is."""
        rules = self.about(provider, path, canonical=canonical)
        decisions = [Decision(_outcome(rule), rule) for rule in rules]
        decisions.sort(key=lambda decision: _PRECEDENCE.index(decision.outcome))
        return tuple((rule.applies, decision) for decision in decisions if (rule := decision.rule))


_PRECEDENCE = (Outcome.DENIED, Outcome.NEEDS_APPROVAL, Outcome.ALLOWED)


def _outcome(rule: Rule) -> Outcome:
    if rule.denies:
        return Outcome.DENIED
    return Outcome.ALLOWED if rule.approval is None else Outcome.NEEDS_APPROVAL


def _entry(number: int, rule: Rule, pattern: SecretPattern) -> _Entry:
    in_provider = matcher_of(ANYTHING if pattern.provider is None else pattern.provider)
    return _Entry(number, rule, in_provider, matcher_of(pattern.path), pattern.is_exact)
