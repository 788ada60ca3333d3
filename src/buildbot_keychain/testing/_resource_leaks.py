"""What a provider may leave behind: threads and child processes of this process."""

from __future__ import annotations

import threading
from contextlib import suppress
from pathlib import Path

_SHARED_POOL = "PoolThread-twisted.internet.reactor"


def threads() -> frozenset[str]:
    """Give the names of the threads that run, those of the reactor's own pool left out."""
    return frozenset(
        f"thread {thread.name}"
        for thread in threading.enumerate()
        if not thread.name.startswith(_SHARED_POOL)
    )


def processes() -> frozenset[str]:
    """Give the child processes, ended ones that nobody waited for included; Linux alone tells."""
    found: set[str] = set()
    for children in Path("/proc/self/task").glob("*/children"):
        with suppress(OSError):  # that thread has ended
            found.update(f"process {number}" for number in children.read_text().split())
    return frozenset(found)
