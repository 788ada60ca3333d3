"""What stands in for a test where its fixtures are used by a program."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from twisted.internet.defer import maybeDeferred

if TYPE_CHECKING:
    from collections.abc import Callable


class Cleanups:
    """Takes calls to be made at the end, as a test does, and makes them, last to first."""

    def __init__(self) -> None:
        self._calls: list[Callable[[], Any]] = []

    def addCleanup(self, call: Callable[..., Any], *args: Any, **kwargs: Any) -> None:
        """Remember a call, whose result may be a Deferred."""
        self._calls.append(lambda: call(*args, **kwargs))

    async def run(self) -> None:
        """Make the calls."""
        for call in reversed(self._calls):
            await maybeDeferred(call)
