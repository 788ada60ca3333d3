"""Renderings that fail as Buildbot lets them: one error in another, for each list around it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from twisted.internet.defer import FirstError
from twisted.python.failure import Failure

from buildbot_keychain.errors import KeychainError


def innermost(failure: Failure) -> BaseException | None:
    """Give what the first of several renderings failed with."""
    error = failure.value
    return innermost(error.subFailure) if isinstance(error, FirstError) else error


async def render_each(properties: Any) -> dict[str, tuple[Any, str]]:
    """Give all `properties` (Buildbot's) rendered; one whose secret cannot be had says why.

    :return: the values and their sources, by name.
    """
    own: Mapping[str, tuple[Any, str]] = properties.asDict()
    return {
        name: (await _rendered(properties, value), source) for name, (value, source) in own.items()
    }


async def _rendered(properties: Any, value: Any) -> Any:
    try:
        return await properties.render(value)
    except (FirstError, KeychainError):
        problem = innermost(Failure())
        if not isinstance(problem, KeychainError):
            raise
    return f"[{problem}]"
