"""Secrets that providers hold and that nothing in a configuration names."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Sequence
from typing import Any

from twisted.internet.defer import TimeoutError as DeferredTimeout
from twisted.internet.defer import maybeDeferred

from buildbot_keychain.errors import KeychainError, quote
from buildbot_keychain.inspection._findings import NOTE, Finding
from buildbot_keychain.inspection._now import names_read
from buildbot_keychain.inspection._references import Reference
from buildbot_keychain.inspection.check._answers import Answers
from buildbot_keychain.interfaces import ICanonicalNames, IListsNames
from buildbot_keychain.patterns import ANYTHING, Matcher, matcher

_MOST = 1000
"""Names whose other spellings are looked for: each takes a look at files."""

Used = Collection[tuple[str, str]]
"""The names of providers, each with the canonical name of a secret that is named."""


async def unused(
    used: Used, computed: Iterable[Reference], providers: Sequence[Any], asking: Answers
) -> list[Finding]:
    """Return a finding for each provider with secrets that are not used, with their names.

    :param computed: the references that are known only at run time.
    """
    computed = list(computed)
    patterns = [pattern for each in computed for pattern in each.allowed or (str(each.pattern),)]
    # What a function puts together could be anything.
    known = [pattern for pattern in patterns if pattern != ANYTHING]
    caveat = "" if len(known) == len(patterns) else ", but for functions that put names together"
    found = []
    for provider in providers:
        own = getattr(provider, "hosted", provider)
        if not IListsNames.providedBy(own):
            continue
        may_be_used = _matcher(provider.name, [*known, *names_read()])
        try:
            names = await asking.blocking(lambda own=own: list(own.names()))
        except (KeychainError, OSError, DeferredTimeout):  # the lookups have said what is wrong
            continue
        rest = [n for n in names if (provider.name, n) not in used and not may_be_used(n)]
        if len(rest) <= _MOST:
            rest = [n for n in rest if not await _is_used(provider, n, used)]
        if rest:
            count = "a secret" if len(rest) == 1 else f"{len(rest)} secrets"
            sentence = f"nothing names {count} of the provider {quote(provider.name)}{caveat}"
            found.append(Finding(NOTE, "unused", sentence, tuple(rest)))
    return found


async def _is_used(provider: Any, name: str, used: Used) -> bool:
    called: str = provider.name
    if not ICanonicalNames.providedBy(provider):
        return False
    try:
        canonical = await maybeDeferred(provider.canonical, name)
    except KeychainError:
        return False
    return (called, canonical) in used


def _matcher(provider: str, patterns: Iterable[str]) -> Matcher:
    """Return what tells whether any pattern of names can be of a secret of a provider."""
    paths = []
    for pattern in patterns:
        prefix, mark, path = pattern.partition("!")
        if not mark or matcher([prefix])(provider):
            paths.append((path if mark else pattern).partition("|")[0])
    found: Callable[[str], bool] = matcher(paths)
    return found
