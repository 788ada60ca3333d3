"""`run_asking`: runs the reactor for as long as providers are asked."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from typing import Any

from twisted.internet.defer import Deferred
from twisted.python.failure import Failure

from buildbot_keychain.errors import safe_summary
from buildbot_keychain.inspection._child import Told
from buildbot_keychain.inspection._hosting import STOPPING

_BLOCKED = 5.0
"""Seconds that what blocks may take longer, before the process is ended."""


def run_asking(
    work: Callable[[Any], Coroutine[Any, Any, None]], told: Told, seconds: float
) -> str | None:
    """Do `work` with the reactor; return why that has failed, if it has.

    :param seconds: how long it takes at most, but for providers that do not stop.
    """
    from twisted.internet import reactor  # noqa: PLC0415 - the import installs it

    running: Any = reactor
    failures: list[Failure] = []
    told.stage("asking the providers", seconds + STOPPING + _BLOCKED)

    def start() -> None:
        asking = Deferred.fromCoroutine(work(running))
        asking.addErrback(failures.append)
        asking.addBoth(lambda _: running.stop())

    running.callWhenRunning(start)
    running.run(installSignalHandlers=False)
    return next(map(safe_summary, failures), None)
