"""`Access`: has a policy decide on lookups, before any provider is asked.

Each provider that would be asked is decided on, and one denial denies the lookup. So what is denied
says nothing about what there is. Whoever asks is told no more than that; why is logged.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

from twisted.logger import Logger, LogLevel

from buildbot_keychain.configuration import Configuration
from buildbot_keychain.details import Requester
from buildbot_keychain.errors import DeniedByPolicy, quote
from buildbot_keychain.interfaces import ICanonicalNames
from buildbot_keychain.policy import Explanation, Policy, Question, described, explain

_UNKNOWN = Requester("unknown")

_MOST_REPORTED = 10_000
"""Pairs of a secret and who asks for it that are counted."""

Ask = Callable[[Any, str, Callable[[], Any]], Any]
"""Calls what a provider implements, within its deadline: provider, path, what to call."""


class Access:
    """Decides on lookups.

    :ivar would_deny: how often each secret was given to someone, whom the policy does not give it,
        because it only reports.
    """

    log = Logger()

    def __init__(self) -> None:
        self.would_deny: Counter[tuple[str, str]] = Counter()

    async def providers_for(
        self,
        configuration: Configuration,
        policy: Policy,
        secret: tuple[str, str, Sequence[Any]],
        requester: Requester | None,
        ask: Ask,
    ) -> Sequence[Any]:
        """Return the providers to ask for a secret: those that can have one of that name.

        :param secret: its name, the path in it, and the providers that would be asked.
        :raise DeniedByPolicy: when the policy does not give it to `requester`.
        """
        name, path, candidates = secret
        requester = requester or _UNKNOWN
        asked, denied = [], []
        for provider in candidates:
            is_canonical = ICanonicalNames.providedBy(provider)
            spelling = path
            if is_canonical:
                spelling = await ask(provider, path, partial(provider.canonical, path))
                if spelling is None:
                    continue
            question = Question(provider.name, spelling, requester, is_canonical)
            if not policy.decide(*question[:3], canonical=is_canonical).is_allowed:
                denied.append(explain(policy, question))
            asked.append(provider)
        if denied:
            self._deny(name, requester, denied, reports_only=configuration.reports_only)
        return asked

    def _deny(
        self,
        name: str,
        requester: Requester,
        explanations: Sequence[Explanation],
        *,
        reports_only: bool,
    ) -> None:
        asker = described(requester)
        if reports_only:
            self._report(name, asker, explanations)
            return
        self._log("the secret {name} was denied to {asker}: {reasons}", name, asker, explanations)
        raise DeniedByPolicy(name, asker)

    def _report(self, name: str, asker: str, explanations: Sequence[Explanation]) -> None:
        is_known = (name, asker) in self.would_deny
        if not is_known and len(self.would_deny) >= _MOST_REPORTED:
            return
        self.would_deny[name, asker] += 1
        if not is_known:
            text = "the policy would deny the secret {name} to {asker}: {reasons}"
            self._log(text, name, asker, explanations)

    def _log(self, text: str, name: str, asker: str, explanations: Sequence[Explanation]) -> None:
        reasons = "; ".join(
            f"{each.question.provider}!{each.question.path}: {each.summary()}"
            for each in explanations
        )
        self.log.emit(LogLevel.warn, text, name=quote(name), asker=asker, reasons=reasons)
