"""`BuildScopes`: the end of a build, told to the providers that hold something for it.

A build is watched from its first lookup on. Whatever happens to it (success, failure, an exception,
a cancel, a lost worker, a database that is away), Buildbot calls its ``buildFinished`` once; what
was held is given back after that, and nobody waits for it. A lookup that outlives its build ends
what it began. Builds of a master that is killed end with it: what they held is found in the
`ScopeMemory` when the master starts again.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from weakref import WeakSet

from twisted.internet.defer import Deferred, maybeDeferred

from buildbot_keychain.buildbot.requesters import scope_of


class BuildScopes:
    """The builds of one master that have looked a secret up.

    :param end: ends a scope; gives a Deferred that never fails.
    """

    def __init__(self, end: Callable[[str], Deferred[None]]) -> None:
        self._end = end
        self._watched: WeakSet[Any] = WeakSet()

    def watch(self, build: Any) -> None:
        """End the scope of `build` when it has finished."""
        if build in self._watched:
            return
        self._watched.add(build)
        finish = build.buildFinished

        async def finish_and_end(*args: Any, **kwargs: Any) -> Any:
            try:
                return await maybeDeferred(finish, *args, **kwargs)
            finally:
                self.settle(build)

        build.buildFinished = lambda *args, **kwargs: Deferred.fromCoroutine(
            finish_and_end(*args, **kwargs)
        )

    def settle(self, build: Any) -> None:
        """End the scope of `build` if it has finished."""
        scope = scope_of(build)
        if build.finished and scope is not None:
            self._end(scope)
