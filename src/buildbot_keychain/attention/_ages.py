"""`MaxAge`: how old secrets may be, by patterns of their names."""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

from buildbot_keychain.errors import ConfigurationError, quote
from buildbot_keychain.patterns import ANYTHING, matches

DAY = 86_400.0
"""Seconds."""

_MOST_DAYS = 36_500.0


@dataclass(frozen=True)
class MaxAge:
    """How old secrets may be.

    :param limits: patterns ``[provider!]path``, each with seconds, or ``None`` for any age. The
        first one that matches counts.
    """

    limits: tuple[tuple[str, float | None], ...] = ()

    def of(self, provider: str, path: str) -> float | None:
        """Return how old a secret may be, in seconds; ``None`` for any age."""
        named = f"{provider}!{path}"
        for pattern, seconds in self.limits:
            if matches(pattern, named if "!" in pattern else path):
                return seconds
        return None

    def __add__(self, other: MaxAge) -> MaxAge:
        return MaxAge(self.limits + other.limits)


ANY_AGE = MaxAge()


def checked_max_age(given: Any, providers: Collection[str]) -> MaxAge:  # noqa: ANN401 - of any type
    """Return the argument ``max_age`` of a manager, checked.

    :param given: days, or a dict of days, or ``None`` for any age, by patterns of names.
    :param providers: the names of all providers.
    :raise ConfigurationError: when it is something else, or a pattern names no provider.
    """
    if given is None:
        return ANY_AGE
    limits = given if isinstance(given, Mapping) else {ANYTHING: given}
    found = []
    for pattern, days in limits.items():
        if not isinstance(pattern, str) or not pattern.strip():
            raise ConfigurationError('max_age must be days, or a dict such as {"deploy/*": 90}')
        provider, mark, _ = pattern.partition("!")
        if mark and not any(matches(provider, name) for name in providers):
            known = ", ".join(map(quote, providers)) or "none"
            msg = f"max_age: no provider is called {quote(provider)} (providers: {known})"
            raise ConfigurationError(msg)
        found.append((pattern, None if days is None else _seconds(pattern, days)))
    return MaxAge(tuple(found))


def _seconds(pattern: str, days: Any) -> float:  # noqa: ANN401 - of any type
    is_number = isinstance(days, (int, float)) and not isinstance(days, bool)
    if not is_number or not math.isfinite(days) or not 0 < days <= _MOST_DAYS:
        where = "max_age" if pattern == ANYTHING else f"max_age[{quote(pattern)}]"
        msg = f"{where} must be a number of days, more than 0 and at most {_MOST_DAYS:.0f}"
        raise ConfigurationError(msg)
    return float(days) * DAY
