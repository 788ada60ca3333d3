"""`ProviderState`: how one provider does, in plain numbers; and `Measure`, which counts."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import Any

from twisted.internet.defer import CancelledError

from buildbot_keychain.errors import ProviderError
from buildbot_keychain.resilience._queries import Ask, Query

BUCKETS = (0.001, 0.005, 0.025, 0.1, 0.5, 1.0, 5.0, 10.0, 30.0)
"""Seconds; the last bucket of a histogram has what took longer."""


@dataclass(frozen=True)
class ProviderState:
    """How one provider does. There is no name of a secret in it.

    :param provider: its name.
    :param breaker: ``"closed"`` if it is asked, ``"open"`` if not, ``"probing"`` if by one lookup.
    :param opened: how many times it became ``"open"``.
    :param asked: how many times it was asked.
    :param in_progress: how many questions to it are under way.
    :param waiting: how many wait for their turn.
    :param joined: how many lookups shared the question of another one.
    :param cached: how many answers are kept.
    :param hits: how many lookups were answered by those.
    :param misses: how many were not, where answers are kept.
    :param stale: how many were answered by an older answer, while it was unavailable.
    :param is_stale: whether that was so the last time.
    :param skipped: how many went on to the next provider while it was unavailable.
    :param errors: how many questions ended in an error, by its class.
    :param latencies: how many took at most so long, one for each of `BUCKETS`; the last are longer.
    :param seconds: how long all of them took.
    """

    provider: str
    breaker: str = "closed"
    opened: int = 0
    asked: int = 0
    in_progress: int = 0
    waiting: int = 0
    joined: int = 0
    cached: int = 0
    hits: int = 0
    misses: int = 0
    stale: int = 0
    is_stale: bool = False
    skipped: int = 0
    errors: dict[str, int] = field(default_factory=dict)
    latencies: tuple[int, ...] = (0,) * (len(BUCKETS) + 1)
    seconds: float = 0.0


class Measure:
    """Counts what one provider is asked, how long it takes, and how it fails.

    :param clock: an ``IReactorTime``.
    """

    def __init__(self, clock: Any) -> None:  # noqa: ANN401 - as documented
        self._clock = clock
        self.asked = 0
        self.in_progress = 0
        self.errors: Counter[str] = Counter()
        self.latencies = [0] * (len(BUCKETS) + 1)
        self.seconds = 0.0

    async def ask(self, query: Query, behind: Ask) -> object:  # noqa: ARG002 - of all wrappers
        """Ask, and measure that."""
        began = self._clock.seconds()
        self.asked += 1
        self.in_progress += 1
        try:
            return await behind()
        except CancelledError:
            self.errors["cancelled"] += 1
            raise
        except Exception as error:
            ours = isinstance(error, ProviderError)
            self.errors[type(error).__name__ if ours else "other"] += 1
            raise
        finally:
            self.in_progress -= 1
            took = self._clock.seconds() - began
            self.seconds += took
            self.latencies[sum(took > bucket for bucket in BUCKETS)] += 1
