"""Checks the entries of ``c["secretsProviders"]``."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Any

from buildbot.secrets.providers.base import SecretProviderBase

from buildbot_keychain.interfaces import ISecretProvider

_LIST = 'c["secretsProviders"]'


def provider_problems(providers: Sequence[Any]) -> Iterator[str]:
    """Yield a sentence for each entry that cannot be there.

    :param providers: the list in the configuration.
    """
    good = []
    for entry in providers:
        problem = _entry_problem(entry)
        if problem:
            yield f"{_LIST} holds {problem}"
        else:
            good.append(entry)
    for name, count in Counter(entry.name for entry in good).items():
        if count > 1:
            namesakes = [entry for entry in good if entry.name == name]
            yield f"{_LIST} holds {_namesakes(namesakes)}"
    managers = [entry for entry in good if _is_manager(entry)]
    if sum(manager.key_file is not None for manager in managers) > 1:
        yield f"{_LIST} holds several managers with a key_file: give it to one of them"
    if sum(manager.policies is not None for manager in managers) > 1:
        yield f"{_LIST} holds several managers with a policy: give all of its rules to one of them"


def _is_manager(entry: object) -> bool:
    """Return whether `entry` is a manager of ours, which owns providers."""
    return hasattr(entry, "wanted_providers")


def _entry_problem(entry: object) -> str:
    """Return what `entry` is, if it is not a provider of Buildbot's, and what to write."""
    if isinstance(entry, type):
        return f"the class {entry.__name__}, not a provider: write {entry.__name__}(...)"
    if isinstance(entry, SecretProviderBase):
        return ""
    kind = type(entry).__name__
    if ISecretProvider.providedBy(entry) or callable(getattr(entry, "get", None)):
        return (
            f"a {kind} that is not a service of Buildbot: import it from "
            f"buildbot_keychain.plugins.secrets, or write SecretManager(providers=[{kind}(...)])"
        )
    return f"a {kind}, not a provider: write for example secrets.SecretInAFile(dirname=...)"


def _namesakes(entries: Sequence[Any]) -> str:
    name, kind = entries[0].name, type(entries[0]).__name__
    if any(_is_manager(entry) for entry in entries):
        return (
            f"{len(entries)} managers called {name!r}, of which Buildbot would keep one: list the "
            "providers of all in one SecretManager(providers=[...])"
        )
    return (
        f"{len(entries)} providers called {name!r}, of which Buildbot would keep one: write "
        f"{kind}(..., name='...') with another name for each, or put them into one "
        "SecretManager(providers=[...])"
    )
