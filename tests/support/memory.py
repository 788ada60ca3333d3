"""`peak_of`: how much memory it takes to read something."""

from __future__ import annotations

import tracemalloc
from collections.abc import Iterable


def peak_of(items: Iterable[object]) -> int:
    """Return the most bytes that are allocated at once while `items` are made, one after another.

    Of what Python counts.
    """
    tracemalloc.start()
    try:
        for _ in items:
            pass
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
