"""`Costs`: what one page costs."""

from __future__ import annotations

import statistics
from collections.abc import Mapping
from typing import Any

_WORST = ("gap", "busy_gap", "collection")


class Costs:
    """What was measured of a page, of which the first time is apart.

    :param name: what it is called in its line.
    """

    def __init__(self, name: str) -> None:
        self._name = name
        self._found: list[Mapping[str, Any]] = []
        self._size = 0

    def add(self, found: Mapping[str, Any], size: int) -> None:
        """Add what one answer cost.

        :param found: what a `Probe` says.
        :param size: bytes of the answer.
        """
        self._found.append(found)
        self._size = size

    def __str__(self) -> str:
        cold, *warm = self._found
        times = [each["seconds"][0] for each in warm]
        cpu = [each["cpu"] for each in warm]
        worst = [max(each[name] for each in self._found) for name in _WORST]
        gap, busy, collection = map(ms, worst)
        return (
            f"{self._name[:46]:46} {ms(cold['seconds'][0])}"
            f" {ms(statistics.median(times))} {ms(max(times))}"
            f" |{ms(cold['cpu'])} {ms(statistics.median(cpu))}"
            f" |{gap} {busy} {collection} | {cold['statements']:3} {cold['rows']:6}"
            f" {max(each['statements'] for each in warm):3} {max(each['rows'] for each in warm):6}"
            f" | {self._size / 1024:7.0f} KiB {(warm[-1]['rss'] - cold['rss']) / 2**20:6.1f} MiB"
        )


def ms(seconds: float) -> str:
    """Return a time for a table."""
    return f"{seconds * 1000:7.1f}"
