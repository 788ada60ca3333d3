"""Checks the names of secrets in a configuration against its providers."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import cache
from types import SimpleNamespace
from typing import Any

from buildbot_keychain.configuration import addressed
from buildbot_keychain.errors import KeychainError, quote
from buildbot_keychain.hints import hint_for
from buildbot_keychain.inspection._places import places_in
from buildbot_keychain.inspection._providers import providers_of
from buildbot_keychain.inspection._references import Reference
from buildbot_keychain.interfaces import IListsNames, IReadsNow
from buildbot_keychain.patterns import ANYTHING
from buildbot_keychain.uses import FORM

_FORM = SimpleNamespace(name=FORM, kind=FORM)
"""What is typed into forms: no configuration lists it, and bare names do not reach it."""


def name_problems(config: Any, named: Sequence[Reference]) -> Iterator[str]:
    """Yield a sentence for each name that no provider of `config` can have.

    :param config: Buildbot's ``MasterConfig``, loaded; there is nothing wrong with its list of
        providers.
    :param named: its `references`.
    """
    providers = _providers_of(config)
    problems = (
        f"{each.place.words}: the secret {quote(each.name)} {problem}"
        for each in named
        if (problem := _problem(each, providers))
    )
    yield from dict.fromkeys(problems)  # a step may name it in several arguments


def missing_names(config: Any, named: Sequence[Reference]) -> Iterator[str]:
    """Yield a sentence for each secret that is used and that no provider holds at the moment.

    Only providers that answer at once and without a network are asked; a name that others may hold
    is left out, and so is one that is rendered. May block.

    The arguments are those of `name_problems`, which has found nothing.
    """
    providers = _providers_of(config)
    # Many builders use the same secret: each is read, and each list of names, once.
    may_hold, names_of = cache(_may_hold), cache(_names_of)
    needed = [each for each in named if each.is_needed and not each.is_computed]
    for place, name in dict.fromkeys((each.place.words, each.name) for each in needed):
        asked: list[Any] = [getattr(p, "checked", None) for p in _asked(name, providers)]
        path = name.rpartition("!")[2]
        if not path or not all(map(IReadsNow.providedBy, asked)):
            continue
        if any(may_hold(provider, path) for provider in asked):
            continue
        names = [n for provider in asked for n in names_of(provider)]
        hint = hint_for(path, asked, names)
        known = ", ".join(repr(provider.name) for provider in asked) or "none"
        yield (
            f"{place}: no provider holds the secret {quote(name)} "
            f"(providers: {known}){'; ' if hint else ''}{hint}"
        )


def names_as_contents(config: Any) -> Iterator[str]:
    """Yield a sentence for each file on a worker whose content is but the name of a secret.

    :param config: as for `missing_names`. May block.
    """
    contents = [
        (place.words, file.path, file.content)
        for place in places_in(config)
        if place.owner is not None and place.owner.__name__ == "WriteSecretFiles"
        for file in place.arguments["block"].files
        if isinstance(file.content, str)
    ]
    if not contents:
        return
    checked = [getattr(provider, "checked", None) for provider in _providers_of(config)]
    names = {n for p in checked if IReadsNow.providedBy(p) for n in _names_of(p)}
    for words, path, content in contents:
        if content.strip() in names:
            known = quote(content.strip())
            yield (
                f"{words}: the content of {quote(path)} is a text, the name of the secret {known}: "
                f"write Secret({known})"
            )


def _providers_of(config: Any) -> list[Any]:
    providers = providers_of(config)
    has_forms = any(getattr(entry, "key_file", None) for entry in config.secretsProviders)
    return [*providers, _FORM] if has_forms else providers


def _asked(name: str, providers: list[Any]) -> list[Any]:
    prefix, mark, _ = name.partition("!")
    if not mark:
        return [p for p in providers if p is not _FORM]
    return [p for p in providers if prefix in {p.name, getattr(p, "kind", None)}]


def _may_hold(provider: Any, path: str) -> bool:
    try:
        return provider.read(path) is not None
    except KeychainError:  # a lookup will say what is wrong
        return True


def _names_of(provider: Any) -> list[str]:
    """Return the names that `provider` lists; none if it cannot: a hint is not worth an error."""
    try:
        return list(provider.names()) if IListsNames.providedBy(provider) else []
    except (KeychainError, OSError):
        return []


def _problem(reference: Reference, providers: list[Any]) -> str:
    prefix = reference.provider
    if prefix is None or ANYTHING in prefix:
        return ""
    known = ", ".join(repr(provider.name) for provider in providers) or "none"
    found = len(addressed(providers, prefix))
    if found > 1:
        return (
            f"may come from {found} providers of that kind: write the name of one before the '!' "
            f"(providers: {known})"
        )
    if not found:
        return (
            f"names the provider {quote(prefix)}, which is not in "
            f"c[\"secretsProviders\"]: add it, or correct what stands before the '!' "
            f"(providers: {known})"
        )
    path = reference.path or reference.field
    return "" if path else f"has no path after the '!': write {quote(f'{prefix}!name')}"
