"""`Query`: what a provider is asked, and who shares the answer; and what a wrapper is."""

from __future__ import annotations

from collections.abc import Callable, Coroutine, Hashable
from typing import Any, NamedTuple, Protocol

from buildbot_keychain.details import Requester
from buildbot_keychain.interfaces import IRequesterAware, ISharesAnswers, ITellsChanges


class Query(NamedTuple):
    """What a provider is asked. All that are equal have the same answer.

    :param provider: its name.
    :param path: what it is asked for, as it was written: with field, version and parameters.
    :param shared_by: what the answer depends on; ``None`` where nobody shares it.
    :param context: what a lookup that is led to by the question depends on: the providers that wait
        for each other, outermost first, and what else the host passes on.
    """

    provider: str
    path: str
    shared_by: Hashable = ()
    context: tuple[Hashable, ...] = ()


Ask = Callable[[], Coroutine[Any, Any, object]]
"""Asks what is behind a wrapper: the next one, or the provider."""


class Wrapper(Protocol):
    """What stands between a lookup and a provider, and does one thing."""

    async def ask(self, query: Query, behind: Ask) -> object:
        """Return the answer to `query`: a value, or ``None`` where there is no such secret."""


def shared_by(provider: Any, path: str, requester: Requester | None) -> Hashable:  # noqa: ANN401 - any object that provides ISecretProvider
    """Return what an answer depends on beside `path`; ``None`` where nobody shares it.

    Who tells changes is asked again each time: an answer that somebody else waits for may be older
    than the change.
    """
    if ISharesAnswers.providedBy(provider):
        depends: Hashable = provider.shared_by(path, requester)
        return depends
    if IRequesterAware.providedBy(provider) or ITellsChanges.providedBy(provider):
        return None
    return ()
