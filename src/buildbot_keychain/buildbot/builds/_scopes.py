"""`BuildScopes`: tells providers that a build has ended for which they hold something.

A build is tracked from its first lookup on. Whatever happens to it (success, failure, an exception,
a cancel, a lost worker, a database that is down), Buildbot calls its ``buildFinished`` once. What
was held is released after that, and nobody waits for it. A lookup that outlives its build ends the
scope itself. Builds of a master that is killed end with it: what was held for them is found in the
`ScopeMemory` when the master starts again.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from weakref import WeakSet

from twisted.internet.defer import Deferred, maybeDeferred

from buildbot_keychain.buildbot.builds._requesters import scope_of


class BuildScopes:
    """The builds of one master that have looked up or hidden a secret.

    :param end: ends a build, with its scope; returns a Deferred that never fails.
    """

    def __init__(self, end: Callable[[Any, str], Deferred[None]]) -> None:
        self._end = end
        self._tracked: WeakSet[Any] = WeakSet()

    def track(self, build: Any) -> None:
        """End the scope of `build` when it finishes."""
        self._tracked.add(build)

    def finish(self, build: Any, finish: Callable[[], Any]) -> Any:
        """Call `finish`, which finishes `build`, then end the scope of the build if it has one.

        :return: what `finish` returns.
        """
        if build not in self._tracked:
            return finish()

        def finished(result: Any) -> Any:
            self.end_if_finished(build)
            return result

        return maybeDeferred(finish).addBoth(finished)

    def end_if_finished(self, build: Any) -> None:
        """End the scope of `build` if the build has finished."""
        scope = scope_of(build)
        if build.finished and scope is not None:
            self._end(build, scope)
