"""What a manager is configured with, checked: its providers, the names that are public, strictness.

Both managers, that of any Twisted program and Buildbot's, take their arguments through here.
"""

from __future__ import annotations

from typing import Any

from buildbot_keychain.errors import ConfigurationError
from buildbot_keychain.redaction import RedactionPolicy


def with_unique_names(providers: object) -> tuple[Any, ...]:
    """Give `providers` with distinct names, numbering those that kept their class's name.

    :raise ConfigurationError: when two were given the same name, or one is no provider.
    """
    if not isinstance(providers, (list, tuple)):
        raise ConfigurationError("providers must be a list of providers")
    result = tuple(providers)
    given: set[str] = set()
    for provider in result:
        if isinstance(provider, type):
            msg = f"{provider.__name__} is a class: write {provider.__name__}(...)"
            raise ConfigurationError(msg)
        if not callable(getattr(provider, "get", None)) or not getattr(provider, "name", None):
            msg = f"{type(provider).__name__} is no provider: it needs a name and get(path)"
            raise ConfigurationError(msg)
        if "name" in vars(provider):
            if provider.name in given:
                msg = f"two providers are called {provider.name!r}: give one another name=..."
                raise ConfigurationError(msg)
            given.add(provider.name)
    taken: set[str] = set(given)
    for provider in result:
        if "name" not in vars(provider):
            base, number = provider.name, 1
            while provider.name in taken:
                number += 1
                provider.name = f"{base}-{number}"
            taken.add(provider.name)
    return result


def weakness(value: str, policy: RedactionPolicy) -> str:
    """Say why ``strict=True`` refuses `value`, as the end of a sentence; nothing if it does not."""
    protection = policy.protection(value)
    if not protection.is_weak:
        return ""
    return (
        f"its value is {protection.weakness}, and strict=True refuses that; "
        "make it longer, or declare its name public"
    )


def public_names(public: object) -> frozenset[str]:
    """Give the names of secrets that were declared public.

    :raise ConfigurationError: when it is no list of names.
    """
    if not isinstance(public, (list, tuple, set, frozenset)) or not all(
        isinstance(name, str) for name in public
    ):
        raise ConfigurationError("public must be a list of names of secrets")
    return frozenset(public)
