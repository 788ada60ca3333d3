"""Print the whole matrix of leaks: ``python -m tests.integration.leaks [VARIANT [CHANNEL…]]``.

Rows are channels, columns are sinks; a number counts whole canaries, one in brackets parts.
No canary is ever printed.
"""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

from twisted.internet import reactor
from twisted.internet.defer import Deferred, maybeDeferred

from tests.integration.leaks.configuration import VARIANTS
from tests.integration.leaks.report import matrix
from tests.integration.leaks.run import LeakRun

if TYPE_CHECKING:
    from collections.abc import Callable


class _Cleanups:
    """Stands in for the test that a run belongs to."""

    def __init__(self) -> None:
        self._calls: list[Callable[[], Any]] = []

    def addCleanup(self, call: Callable[..., Any], *args: Any, **kwargs: Any) -> None:
        self._calls.append(lambda: call(*args, **kwargs))

    async def run(self) -> None:
        for call in reversed(self._calls):
            await maybeDeferred(call)


async def main(variant: str, only: tuple[str, ...]) -> None:
    """Run one variant, with the named channels only if there are any, and print its matrix."""
    cleanups = _Cleanups()
    run = LeakRun(cleanups, variant, only)
    try:
        print(matrix(run.settings, await run.outcome()))
    except RuntimeError as error:
        print(f"{error}\n{run.master.log[-3000:]}")
    finally:
        await cleanups.run()
        reactor.stop()


if __name__ == "__main__":
    arguments = sys.argv[1:] or ["manager"]
    if arguments[0] not in VARIANTS:
        sys.exit(f"the variants are: {', '.join(VARIANTS)}")
    reactor.callWhenRunning(
        lambda: Deferred.fromCoroutine(main(arguments[0], tuple(arguments[1:])))
    )
    reactor.run()
