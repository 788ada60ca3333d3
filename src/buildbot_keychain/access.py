"""`Access`: has a policy decide on lookups, before any provider is asked.

Each provider that would be asked is decided on, and one denial denies the lookup. So what is denied
says nothing about what there is. Whoever asks is told no more than that; why is logged.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from types import MappingProxyType
from typing import Any, NamedTuple

from twisted.logger import Logger, LogLevel

from buildbot_keychain.details import Requester
from buildbot_keychain.errors import ApprovalRequired, DeniedByPolicy, ProviderError, quote
from buildbot_keychain.interfaces import ICanonicalNames
from buildbot_keychain.policy import (
    Approval,
    Outcome,
    Policy,
    Question,
    Rule,
    described,
    summaries,
)
from buildbot_keychain.uses import ALLOWED, DENIED, GIVEN, NEEDS_APPROVAL, WOULD_BE_DENIED

_UNKNOWN = Requester("unknown")

Approved = Callable[[Question, tuple[Approval, ...]], bool]
"""Returns whether people have approved what a question is about, as is demanded."""


def nobody_approves(_question: Question, _approvals: tuple[Approval, ...]) -> bool:
    """Return that nothing has been approved."""
    return False


_MOST_REPORTED = 10_000
"""Pairs of a secret and who asks for it that are counted."""


@dataclass(frozen=True)
class Deciding:
    """How it is decided.

    :param call: calls what a provider implements, within its deadline; it is passed the provider,
        the path, and what to call.
    :param reports_only: whether what is denied is logged, and given nevertheless.
    :param approved: tells what people have approved.
    """

    policy: Policy
    call: Callable[[Any, str, Callable[[], Any]], Awaitable[Any]]
    reports_only: bool = False
    approved: Approved = nobody_approves


class Observation(NamedTuple):
    """That somebody asks for a secret; no provider has been asked yet.

    :param outcome: what is decided, one of those of `buildbot_keychain.uses`.
    :param rules: the rules that decide, one for each provider; ``None`` where there is none.
    :param reasons: returns why, in a line.
    :param canonical: the one spelling of the name in each provider that has said it, by its name.
    """

    name: str
    requester: Requester
    outcome: str = GIVEN
    rules: tuple[Rule | None, ...] = ()
    reasons: Callable[[], str] = str
    canonical: Mapping[str, str] = MappingProxyType({})


class Access:
    """Decides on lookups.

    :ivar observer: called with an `Observation` of each lookup.
    :ivar would_deny: how often each secret was given to someone, whom the policy does not give it,
        because it only reports.
    """

    log = Logger()

    def __init__(self) -> None:
        self.would_deny: Counter[tuple[str, str]] = Counter()
        self.observer: Callable[[Observation], object] = lambda _: None

    def give(self, name: str, requester: Requester | None) -> None:
        """Note that somebody asks for a secret where there is no policy."""
        self.observer(Observation(name, requester or _UNKNOWN))

    async def providers_for(
        self,
        secret: tuple[str, str, Sequence[Any]],
        requester: Requester | None,
        how: Deciding,
    ) -> Sequence[Any]:
        """Return the providers to ask for a secret: those that can have one of that name.

        :param secret: its name, the path in it, and the providers that would be asked.
        :raise DeniedByPolicy: when the policy does not give it to `requester`.
        :raise ApprovalRequired: when people must approve it first.
        """
        requester = requester or _UNKNOWN
        decided, denied, unapproved, needed = [], [], [], []
        questions = await self.questions(secret, requester, how)
        for _, question in questions:
            decision = how.policy.decide(*question[:3], canonical=question.canonical)
            decided.append((question, decision))
            if decision.outcome is Outcome.DENIED:
                denied.append((question, decision))
            elif decision.outcome is Outcome.NEEDS_APPROVAL:
                approvals = how.policy.approvals(*question[:3], canonical=question.canonical)
                if not how.approved(question, approvals):
                    needed.append((question, approvals))
                    unapproved.append((question, decision))
        outcome = ALLOWED
        if denied or needed:
            refused = DENIED if denied else NEEDS_APPROVAL
            outcome = WOULD_BE_DENIED if how.reports_only else refused

        def reasons() -> str:
            return summaries(how.policy, denied or unapproved or decided)

        rules = tuple(decision.rule for _, decision in decided)
        canonical = {asked.provider: asked.path for _, asked in questions if asked.canonical}
        self.observer(Observation(secret[0], requester, outcome, rules, reasons, canonical))
        if how.reports_only and (denied or needed):
            self._report(secret[0], described(requester), reasons, asks=not denied)
        elif denied:
            self._deny(secret[0], described(requester), reasons)
        elif needed:
            raise ApprovalRequired(secret[0], described(requester), tuple(needed))
        return [provider for provider, _ in questions]

    async def questions(
        self, secret: tuple[str, str, Sequence[Any]], requester: Requester, how: Deciding
    ) -> list[tuple[Any, Question]]:
        """Return what is decided on: the providers that can have the secret, each with a question.

        :param secret: as for `providers_for`.
        """
        _, path, candidates = secret
        found: list[tuple[Any, Question]] = []
        for provider in candidates:
            is_canonical = ICanonicalNames.providedBy(provider)
            spelling: Any = path
            if is_canonical:
                spelling = await how.call(provider, path, partial(provider.canonical, path))
            if not (spelling is None or isinstance(spelling, str)):
                kind = type(spelling).__name__
                reason = f"its canonical(path) is of type {kind}; it must be str or None"
                raise ProviderError(provider.name, path, reason)
            if spelling is not None:
                question = Question(provider.name, spelling, requester, is_canonical)
                found.append((provider, question))
        return found

    def _deny(self, name: str, asker: str, reasons: Callable[[], str]) -> None:
        self._log("the secret {name} was denied to {asker}: {reasons}", name, asker, reasons)
        raise DeniedByPolicy(name, asker)

    def _report(self, name: str, asker: str, reasons: Callable[[], str], *, asks: bool) -> None:
        is_known = (name, asker) in self.would_deny
        if not is_known and len(self.would_deny) >= _MOST_REPORTED:
            return
        self.would_deny[name, asker] += 1
        if not is_known:
            would = "have people approve before it gives" if asks else "deny"
            text = f"the policy would {would} the secret {{name}} to {{asker}}: {{reasons}}"
            self._log(text, name, asker, reasons)

    def _log(self, text: str, name: str, asker: str, reasons: Callable[[], str]) -> None:
        self.log.emit(LogLevel.warn, text, name=quote(name), asker=asker, reasons=reasons())
