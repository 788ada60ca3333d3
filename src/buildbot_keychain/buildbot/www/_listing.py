"""`page_of`: one page of the list of all secrets that somebody sees, sorted by name. Pure."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Collection, Iterator, Mapping
from itertools import islice

from buildbot_keychain.buildbot.www._names import NameList
from buildbot_keychain.web.host_secrets import Listed, Listing, Wanted

Tags = Mapping[str, Mapping[str, tuple[str, ...]]]
"""The tags of secrets, by their providers and names."""


def page_of(
    lists: Mapping[str, NameList],
    canonical: Collection[str],
    wanted: Wanted,
    tags: Tags,
    of_builders: Collection[str],
) -> Listing:
    """Return what is wanted of the secrets of all providers.

    :param lists: the names in each provider, by its name.
    :param canonical: the providers whose names are canonical.
    :param of_builders: names that count as found, with a provider in front or without.
    """
    needle = wanted.search.casefold()

    def is_found(secret: Listed) -> bool:
        if not needle or needle in secret.name.casefold():
            return True
        if secret.name in of_builders or secret.path in of_builders:
            return True
        of_secret = tags.get(secret.provider, {}).get(secret.path, ())
        return any(needle in tag.casefold() for tag in of_secret)

    found = (
        secret
        for secret in secrets_behind(wanted.after, lists, canonical)
        if is_found(secret) and wanted.sees(secret)
    )
    secrets = tuple(islice(found, wanted.limit + 1))
    problems = {name: each.problem for name, each in lists.items() if each.problem}
    if len(secrets) <= wanted.limit:
        return Listing(secrets, None, problems)
    return Listing(secrets[:-1], secrets[-2].name, problems)


def secrets_behind(
    after: str, lists: Mapping[str, NameList], canonical: Collection[str]
) -> Iterator[Listed]:
    """Yield the secrets of some lists, sorted by name, from the one behind `after` on.

    :param canonical: the providers whose names are canonical.
    """
    first, _, path = after.partition("!")
    for provider in sorted(lists):
        names = lists[provider].names
        start = bisect_right(names, path) if provider == first else 0
        if provider >= first:
            for name in islice(names, start, None):
                yield Listed(provider, name, provider in canonical)
