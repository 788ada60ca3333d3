"""`Cleanups`: stands in for a test case where a program uses the fixtures of tests."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from twisted.internet.defer import maybeDeferred

if TYPE_CHECKING:
    from collections.abc import Callable


class Cleanups:
    """Collects calls, as a test case does, and makes them at the end, last to first."""

    def __init__(self) -> None:
        self._calls: list[Callable[[], Any]] = []

    def addCleanup(self, call: Callable[..., Any], *args: Any, **kwargs: Any) -> None:
        """Add a call, whose result may be a Deferred."""
        self._calls.append(lambda: call(*args, **kwargs))

    async def run(self) -> None:
        """Make the calls."""
        for call in reversed(self._calls):
            await maybeDeferred(call)
