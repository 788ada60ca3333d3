"""Providers for tests, which answer from memory."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from twisted.internet.defer import Deferred, fail, succeed
from zope.interface import implementer

from buildbot_keychain.deferreds import returns_deferred
from buildbot_keychain.interfaces import (
    IListsNames,
    IRendersArguments,
    IRequesterAware,
    IScoped,
    ISecretProvider,
    ITellsChanges,
)


@implementer(ISecretProvider)
class DictProvider:
    """Answers from `answers`, and records what it was asked; an exception is raised."""

    def __init__(self, name: str, answers: dict[str, Any]) -> None:
        self.name = name
        self.answers = answers
        self.asked: list[str] = []

    def get(self, path: str) -> Any:
        self.asked.append(path)
        answer = self.answers.get(path)
        if isinstance(answer, Exception):
            raise answer
        return answer


@implementer(IListsNames)
class ListingProvider(DictProvider):
    """Lists what it answers; an exception among the answers is raised then."""

    def names(self) -> Iterator[str]:
        for name, answer in self.answers.items():
            if isinstance(answer, Exception):
                raise answer
            yield name


@implementer(ISecretProvider, IRequesterAware)
class RequesterProvider:
    """Answers with the name of the builder that asks."""

    name = "requesters"

    def get(self, path: str) -> Deferred[str | None]:
        return succeed(None)

    def get_for(self, path: str, requester: Any) -> Deferred[str | None]:
        return succeed(f"{path} for {requester.builder}" if requester else None)


@implementer(ISecretProvider, IRendersArguments)
class LockedProvider:
    """Answers with its key, an argument that may be a renderable."""

    def __init__(self, name: str, key: object) -> None:
        self.name = name
        self._key = key

    def use_renderer(self, render: Callable[[object], Deferred[Any]]) -> None:
        self._render = render

    @returns_deferred
    async def get(self, path: str) -> str | None:
        key = await self._render(self._key)
        return f"{path} behind {key}" if path == "locked" else None


@implementer(ISecretProvider, IScoped)
class ScopedProvider:
    """Records which scopes end, and fails to end them with `error`."""

    def __init__(self, name: str, error: Exception | None = None) -> None:
        self.name = name
        self.error = error
        self.ended: list[str] = []

    def get(self, path: str) -> Deferred[str | None]:
        return succeed(None)

    def end_scope(self, scope: str) -> Deferred[None]:
        self.ended.append(scope)
        return succeed(None) if self.error is None else fail(self.error)


@implementer(ITellsChanges)
class TellingProvider(DictProvider):
    """Says that any of its secrets may have changed."""

    def may_have_changed(self) -> bool:
        return True
