"""Providers for tests, which answer from a dict, and what checks that an error tells no value."""

from __future__ import annotations

import traceback
from collections.abc import Callable
from typing import Any

from twisted.internet.defer import Deferred, succeed
from zope.interface import implementer

from buildbot_keychain.interfaces import IRendersArguments, IRequesterAware, ISecretProvider


@implementer(ISecretProvider)
class DictProvider:
    """Answers from `answers`, and notes what it was asked; an exception as answer is raised."""

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


@implementer(ISecretProvider, IRequesterAware)
class RequesterProvider:
    """Answers with the builder that asks."""

    name = "requesters"

    def get(self, path: str) -> Deferred[str | None]:
        return succeed(None)

    def get_for(self, path: str, requester: Any) -> Deferred[str | None]:
        return succeed(f"{path} for {requester.builder}" if requester else None)


def everything_of(error: BaseException) -> str:
    """Give all text that can be got out of an exception: causes, contexts, attributes too."""
    parts, seen = [], set()
    pending: list[Any] = [error]
    while pending:
        one = pending.pop()
        if one is None or id(one) in seen:
            continue
        seen.add(id(one))
        parts += [str(one), repr(one), repr(one.args), repr(vars(one))]
        parts += traceback.format_exception(type(one), one, None)
        pending += [one.__cause__, one.__context__]
    return "\n".join(parts)


@implementer(ISecretProvider, IRendersArguments)
class LockedProvider:
    """Answers with its key, an argument that may be a renderable."""

    def __init__(self, name: str, key: object) -> None:
        self.name = name
        self._key = key

    def use_renderer(self, render: Callable[[object], Deferred[Any]]) -> None:
        self._render = render

    async def _get(self, path: str) -> str | None:
        key = await self._render(self._key)
        return f"{path} behind {key}" if path == "locked" else None

    def get(self, path: str) -> Deferred[str | None]:
        return Deferred.fromCoroutine(self._get(path))


def frames_of(error: BaseException) -> str:
    """Give what the frames that `error` passed through hold, but for those of tests."""
    trace, held = error.__traceback__, []
    while trace is not None:
        frame = trace.tb_frame
        if "/tests/" not in frame.f_code.co_filename:
            held += [
                f"{frame.f_code.co_name} {name}: {value!r}"
                for name, value in frame.f_locals.items()
            ]
        trace = trace.tb_next
    return "\n".join(held)
