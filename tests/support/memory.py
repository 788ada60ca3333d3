"""How much memory this process has, and how much it takes to read something."""

from __future__ import annotations

import gc
import os
import tracemalloc
from collections.abc import Callable, Iterable
from pathlib import Path


def resident() -> int:
    """Return the memory of this process, in bytes."""
    pages = Path("/proc/self/statm").read_text().split()[1]
    return int(pages) * os.sysconf("SC_PAGE_SIZE")


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


def tracked_by(make: Callable[[], object]) -> int:
    """Return how many more objects the garbage collector looks at for what is made."""
    gc.collect()
    before = len(gc.get_objects())
    made = make()
    gc.collect()
    more = len(gc.get_objects()) - before
    del made
    return more
