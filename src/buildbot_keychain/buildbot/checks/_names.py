"""Checks the names of secrets in a configuration against its providers."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from buildbot_keychain.buildbot.checks._places import names_by_place
from buildbot_keychain.errors import quote


def name_problems(config: Any) -> Iterator[str]:
    """Yield a sentence for each name that no provider of `config` can have.

    :param config: Buildbot's ``MasterConfig``, loaded; there is nothing wrong with its list of
        providers.
    """
    providers = [
        provider
        for entry in config.secretsProviders
        for provider in getattr(entry, "wanted_providers", (entry,))
    ]
    for place, name in names_by_place(config):
        problem = _problem(name, providers)
        if problem:
            yield f"{place}: the secret {quote(name)} {problem}"


def _problem(name: str, providers: list[Any]) -> str:
    prefix, mark, path = name.partition("!")
    if not mark or "%(" in prefix:
        return ""
    known = ", ".join(repr(provider.name) for provider in providers) or "none"
    found = sum(p.name == prefix for p in providers) or sum(
        getattr(p, "kind", None) == prefix for p in providers
    )
    if found > 1:
        return (
            f"may come from {found} providers of that kind: write the name of one before the '!' "
            f"(providers: {known})"
        )
    if not found:
        return (
            f"is to come from the provider {quote(prefix)}, which "
            f'c["secretsProviders"] does not have: add it, or correct what stands before the '
            f"'!' (providers: {known})"
        )
    return "" if path else f"has no path after the '!': write {quote(f'{prefix}!name')}"
