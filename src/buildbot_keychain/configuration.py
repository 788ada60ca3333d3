"""`Configuration`: which providers are asked, in which order, and what may be shown.

It never changes: a manager with other providers has another one. Both managers, the one for any
Twisted program and the one for Buildbot, check their arguments with the functions here.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from buildbot_keychain.attention import ANY_AGE, MaxAge
from buildbot_keychain.errors import ConfigurationError
from buildbot_keychain.policies import PolicySource
from buildbot_keychain.providers.arguments import LONGEST_TIMEOUT
from buildbot_keychain.redaction import RedactionPolicy
from buildbot_keychain.resilience import Resilience
from buildbot_keychain.secretive import secretive

DEADLINE = LONGEST_TIMEOUT
"""Seconds that a lookup may take, by default."""


@secretive
@dataclass(frozen=True)
class Configuration:
    r"""What a lookup depends on.

    :param providers: `ISecretProvider`\ s, in the order in which they are asked.
    :param public: names of secrets whose values may be shown: user names, key ids.
    :param strict: whether a lookup fails if the value is too weak to be hidden everywhere.
    :param allow_empty: names of secrets whose values may be empty.
    :param policies: says who is given which secret; ``None`` where everybody is given all of them.
    :param reports_only: whether what the policy denies is logged, and given nevertheless.
    :param deadline: seconds that a lookup may take.
    :param resilience: how providers are asked, by their names.
    :param max_age: how old secrets may be.
    """

    providers: tuple[Any, ...] = ()
    public: frozenset[str] = frozenset()
    strict: bool = False
    allow_empty: frozenset[str] = frozenset()
    policies: PolicySource | None = None
    reports_only: bool = False
    deadline: float = DEADLINE
    resilience: Mapping[str, Resilience] = field(default_factory=dict)
    max_age: MaxAge = ANY_AGE


def united(settings: Sequence[Any], providers: Sequence[Any] = ()) -> Configuration:
    """Return the configuration of `providers` by the settings of all managers that own some.

    :param settings: objects with the attributes of a `Configuration`, but for its providers.
    """
    return Configuration(
        tuple(providers),
        public=frozenset().union(*(each.public for each in settings)),
        strict=any(each.strict for each in settings),
        allow_empty=frozenset().union(*(each.allow_empty for each in settings)),
        # At most one has a policy.
        policies=next((each.policies for each in settings if each.policies is not None), None),
        reports_only=any(each.reports_only for each in settings),
        deadline=min((each.deadline for each in settings), default=DEADLINE),
        resilience={name: one for each in settings for name, one in each.resilience.items()},
        max_age=sum((each.max_age for each in settings), ANY_AGE),
    )


def with_unique_names(providers: object) -> tuple[Any, ...]:
    """Return `providers` with unique names, numbering those that have their class's name.

    :raise ConfigurationError: when two were given the same name, or one is not a provider.
    """
    if not isinstance(providers, (list, tuple)):
        msg = f"providers must be a list of providers, not of type {type(providers).__name__}"
        raise ConfigurationError(msg)
    result = tuple(providers)
    given: set[str] = set()
    for provider in result:
        if isinstance(provider, type):
            msg = f"{provider.__name__} is a class, not a provider: write {provider.__name__}(...)"
            raise ConfigurationError(msg)
        if not callable(getattr(provider, "get", None)) or not getattr(provider, "name", None):
            msg = f"{type(provider).__name__} is not a provider: it needs a name and get(path)"
            raise ConfigurationError(msg)
        if _is_named(provider):
            if provider.name in given:
                msg = f"two providers are called {provider.name!r}; give one of them another name"
                raise ConfigurationError(msg)
            given.add(provider.name)
    taken: set[str] = set(given)
    for provider in result:
        if not _is_named(provider):
            base, number = provider.name, 1
            while provider.name in taken:
                number += 1
                provider.name = f"{base}-{number}"
            taken.add(provider.name)
    return result


def require_names(providers: object) -> None:
    """Raise an error unless each of `providers` was given a name of its own, for a policy."""
    listed = providers if isinstance(providers, (list, tuple)) else ()
    names = Counter(str(getattr(p, "name", None)) for p in listed)
    unnamed = [
        type(p).__name__
        for p in listed
        if not (_is_named(p) or (_is_named_by_author(p) and names[p.name] == 1))
    ]
    if unnamed:
        msg = f"with a policy, every provider needs a name: write {unnamed[0]}(name=..., ...)"
        raise ConfigurationError(msg)


def _is_named(provider: object) -> bool:
    """Return whether a provider has a name of its own, and not that of all of its class."""
    of_class = getattr(type(provider), "name", None)
    return "name" in getattr(provider, "__dict__", ()) or not isinstance(of_class, str | None)


def _is_named_by_author(provider: object) -> bool:
    """Return whether the name of all of its class is more than what kind of provider it is."""
    name = getattr(provider, "name", None)
    has_kind = getattr(provider, "kind", None) is not None
    return isinstance(name, str) and not has_kind and name != type(provider).__name__


def addressed(providers: Sequence[Any], prefix: str) -> list[Any]:
    """Return those of `providers` that ``prefix!`` asks: those of that name, else of that kind."""
    return [provider for provider in providers if provider.name == prefix] or [
        provider for provider in providers if getattr(provider, "kind", None) == prefix
    ]


def require_type(argument: str, given: object, wanted: type, *also: type) -> None:
    """Raise an error unless what is `given` for an argument of a manager is of a type."""
    if not isinstance(given, (wanted, *also)):
        what = "True or False" if wanted is bool else f"a {wanted.__name__}"
        msg = f"{argument} must be {what}, not of type {type(given).__name__}"
        raise ConfigurationError(msg)


def names_of_secrets(argument: str, given: object) -> frozenset[str]:
    """Return an argument of a manager that is a list of names, checked.

    :param argument: what the argument is called.
    :raise ConfigurationError: when it is not a list of names.
    """
    if not isinstance(given, (list, tuple, set, frozenset)) or not all(
        isinstance(name, str) for name in given
    ):
        msg = f"{argument} must be a list of names of secrets"
        raise ConfigurationError(msg)
    return frozenset(given)


def weakness(value: str, policy: RedactionPolicy) -> str:
    """Return why `value` is too weak for ``strict=True``, as the end of a sentence, or ``""``."""
    protection = policy.protection(value)
    if not protection.is_weak:
        return ""
    return (
        f"its value is {protection.weakness}, which strict=True does not allow; "
        "make it longer, or declare its name public"
    )
