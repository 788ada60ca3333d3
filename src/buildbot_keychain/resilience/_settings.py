"""`Resilience`: how one provider is asked, which the configuration of a manager decides."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from typing import Any

from buildbot_keychain.errors import ConfigurationError, quote
from buildbot_keychain.interfaces import ITellsChanges

_DAY = 86_400.0

_COUNTS = frozenset({"breaker", "concurrency"})


@dataclass(frozen=True)
class Resilience:
    """How one provider is asked; by default each lookup asks it, as often as there are any.

    :param timeout: seconds that it may take for one answer; the deadline of a lookup by default.
    :param cache: seconds for which an answer is kept; half the lease of one that has a shorter one.
    :param cache_absent: seconds for which it is kept that there is no secret of a name.
    :param stale: seconds after an answer for which it is given while the provider is unavailable.
    :param breaker: how many times in a row it may be unavailable until it is not asked for a while.
    :param probe_after: seconds until it is asked again, by one lookup.
    :param concurrency: the most lookups that ask it at once; others wait for their turn.
    :param rate: the most lookups a second that ask it; others wait for their turn.
    :param optional: whether the next provider is asked while this one is unavailable.
    :raise ConfigurationError: when one of them cannot be what it is.
    """

    timeout: float | None = None
    cache: float = 0
    cache_absent: float = 0
    stale: float = 0
    breaker: int | None = None
    probe_after: float = 30
    concurrency: int | None = None
    rate: float | None = None
    optional: bool = False

    def __post_init__(self) -> None:
        for field in fields(self):
            self._check(field.name, getattr(self, field.name), may_be_none=field.default is None)
        if self.stale and self.stale <= self.cache:
            raise _error("stale must be longer than cache: until then an answer is not stale")
        if self.cache_absent > self.cache:
            raise _error("cache_absent must not be longer than cache")

    def _check(self, name: str, given: Any, *, may_be_none: bool) -> None:  # noqa: ANN401 - any type
        if name == "optional":
            if not isinstance(given, bool):
                raise _error(f"optional must be True or False, not {quote(given)}")
            return
        if given is None and may_be_none:
            return
        wanted = int if name in _COUNTS else (int, float)
        is_number = isinstance(given, wanted) and not isinstance(given, bool)
        if not is_number or not math.isfinite(given) or not 0 <= given <= _DAY:
            number = "a whole number" if wanted is int else "a number"
            raise _error(f"{name} must be {number} from 0 to {_DAY:.0f}, not {quote(given)}")
        if not given and (may_be_none or name == "probe_after"):
            raise _error(f"{name} must be more than 0")


DEFAULT = Resilience()


def checked(given: object, providers: Sequence[Any], deadline: float) -> dict[str, Resilience]:
    """Return the argument ``resilience`` of a manager, checked.

    :param given: a `Resilience` for each of some names of providers.
    :param providers: those of the manager, or what checks their arguments.
    :param deadline: seconds that a lookup may take.
    :raise ConfigurationError: when it is something else, or does not fit a provider.
    """
    if not isinstance(given, Mapping):
        raise ConfigurationError('resilience must be a dict such as {"vault": Resilience(...)}')
    by_name = {provider.name: provider for provider in providers}
    for name, settings in given.items():
        if name not in by_name:
            known = ", ".join(map(quote, by_name)) or "none"
            msg = f"resilience: no provider is called {quote(name)} (providers: {known})"
            raise ConfigurationError(msg)
        if not isinstance(settings, Resilience):
            raise ConfigurationError(f"resilience[{quote(name)}] must be Resilience(...)")
        if settings.timeout is not None and settings.timeout > deadline:
            msg = (
                f"resilience[{quote(name)}]: timeout must not be more than the deadline of a lookup"
            )
            raise ConfigurationError(f"{msg}, {deadline:g} seconds")
        # What the host has checked the arguments with, if it is not the provider itself.
        provider = getattr(by_name[name], "checked", by_name[name])
        if (settings.cache or settings.stale) and ITellsChanges.providedBy(provider):
            msg = f"resilience[{quote(name)}]: it sees changes by itself; leave out cache and stale"
            raise ConfigurationError(msg)
    return dict(given)


def checked_deadline(given: object) -> float:
    """Return the argument ``deadline`` of a manager, checked.

    :raise ConfigurationError: when it is not a number of seconds.
    """
    is_number = isinstance(given, (int, float)) and not isinstance(given, bool)
    if not is_number or not 0 < given <= _DAY:  # type: ignore[operator]
        raise ConfigurationError(f"deadline must be seconds, more than 0, not {quote(given)}")
    return float(given)  # type: ignore[arg-type]


def _error(problem: str) -> ConfigurationError:
    return ConfigurationError(f"Resilience: {problem}")
