"""Print the whole matrix of leaks: ``python -m tests.integration.leaks [VARIANT [CHANNEL…]]``.

Rows are channels, columns are sinks; a number counts whole canaries, one in brackets parts.
No canary is ever printed.
"""

from __future__ import annotations

import sys

from twisted.internet import reactor
from twisted.internet.defer import Deferred

from tests.integration.leaks.configuration import VARIANTS
from tests.integration.leaks.report import matrix
from tests.integration.leaks.run import LeakRun
from tests.support.cleanups import Cleanups


async def main(variant: str, only: tuple[str, ...]) -> None:
    """Run one variant, with the named channels only if there are any, and print its matrix."""
    cleanups = Cleanups()
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
