"""`EvenRate`: a scheduler that requests builds, one after another, at an even rate."""

from __future__ import annotations

import math
import time
from typing import Any

from twisted.internet import reactor
from twisted.internet.defer import maybeDeferred
from twisted.internet.task import deferLater

try:
    from buildbot.schedulers.base import ReconfigurableBaseScheduler as BaseScheduler
except ImportError:  # Buildbot 4.2 and older
    from buildbot.schedulers.base import BaseScheduler


class EvenRate(BaseScheduler):
    """Requests builds of its builders when it is told to begin."""

    async def request(self, count: int, pause: float, requested: dict[int, float]) -> None:
        """Request `count` builds, one every `pause` seconds.

        :param requested: is given when each buildset was, in seconds, by its number.
        """
        names: Any = self.builderNames
        stride = _stride(len(names))
        began = time.monotonic()
        for number in range(count):
            await deferLater(reactor, max(0.0, began + pause * number - time.monotonic()))
            name = names[number * stride % len(names)]
            team = name.rpartition("-")[0]
            stamp = {
                "codebase": "",
                "repository": f"https://git.example.org/{team}",
                "branch": "main",
                "revision": None,
                "project": "",
            }
            moment = time.monotonic()
            bsid, _ = await maybeDeferred(
                self.addBuildsetForSourceStampsWithDefaults,
                reason="it is its turn",
                sourcestamps=[stamp],
                builderNames=[name],
            )
            requested[bsid] = moment


def _stride(length: int) -> int:
    """Return a step with which all of so many are visited, each far from the one before."""
    stride = max(1, int(length * 0.618))
    while math.gcd(stride, length) != 1:
        stride += 1
    return stride
