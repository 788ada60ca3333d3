"""`Given`: that a secret is given, in the form that costs a lookup least.

It is a `Lookup` in the making: whoever looks a secret up only puts together what is at hand. The
event, its texts and its JSON are made by those who need them, mostly in the thread of a sink. All
lookups that are alike share one.
"""

from __future__ import annotations

from collections.abc import Sequence
from operator import is_
from typing import Any

from buildbot_keychain.audit.events import GIVEN, Lookup
from buildbot_keychain.details import Requester

_MOST_DESCRIBED = 4096
"""Combinations of rules whose texts are kept."""

Facts = tuple[str, str, "int | str | None", str, str, str]
"""Provider, canonical name, version, decision, answer and digest, as a `Lookup` has them."""


class RuleTexts:
    """Rules as events name them: each with where it is written. May be used in any thread."""

    def __init__(self) -> None:
        self._described: dict[tuple[int, ...], tuple[tuple[str, ...], object]] = {}

    def of(self, rules: Sequence[Any]) -> tuple[str, ...]:
        """Return the texts of rules that have decided; ``None`` stands for none."""
        if not rules:
            return ()
        key = tuple(map(id, rules))
        found = self._described.get(key)
        if found is None:
            texts = [f"{rule!r} ({rule.location})" for rule in rules if rule is not None]
            if len(self._described) >= _MOST_DESCRIBED:
                self._described.clear()
            # While the rules are kept, no others have their ids.
            found = self._described[key] = tuple(dict.fromkeys(texts)), rules
        return found[0]


class Given:
    """That a secret is given, but for when that was, and how long it took.

    :ivar secret: its name, as it was asked for.
    :ivar requester: who asked.
    :ivar rules: the rules that have decided, ``None`` where there was none.
    """

    __slots__ = ("facts", "requester", "rules", "secret")

    kind = Lookup.kind

    def __init__(
        self, secret: str, requester: Requester, rules: Sequence[Any], facts: Facts
    ) -> None:
        self.secret = secret
        self.requester = requester
        self.rules = rules
        self.facts = facts

    @property
    def provider(self) -> str:
        """The name of the provider that it is from."""
        return self.facts[0]

    @property
    def digest(self) -> str:
        """The keyed HMAC of the value, in hex, if that is wanted."""
        return self.facts[5]

    def says(self, rules: Sequence[Any], facts: Facts) -> bool:
        """Return whether it says this of its secret and requester; rules must be the very same."""
        mine = self.rules
        return self.facts == facts and len(mine) == len(rules) and all(map(is_, mine, rules))

    def facts_of_event(self, rules: RuleTexts) -> dict[str, Any]:
        """Return the fields of the event by name, but who asked, and how long it took."""
        provider, canonical, version, decision, answer, digest = self.facts
        return {
            "secret": self.secret,
            "outcome": GIVEN,
            "provider": provider,
            "canonical": canonical,
            "version": version,
            "decision": decision,
            "rules": rules.of(self.rules),
            "answer": answer,
            "digest": digest,
        }

    def event(self, rules: RuleTexts, seconds: float | None) -> Lookup:
        """Return the event of a lookup that took so long."""
        return Lookup(requester=self.requester, seconds=seconds, **self.facts_of_event(rules))
