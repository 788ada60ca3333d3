"""What a provider may leave behind: threads and child processes of this process."""

from __future__ import annotations

import threading
from contextlib import suppress
from pathlib import Path

_REACTOR_POOL = "PoolThread-twisted.internet.reactor"


def threads() -> frozenset[str]:
    """Return the names of the running threads, except those of the reactor's own pool."""
    return frozenset(
        f"thread {thread.name}"
        for thread in threading.enumerate()
        if not thread.name.startswith(_REACTOR_POOL)
    )


def processes() -> frozenset[str]:
    """Return the child processes, zombies included; nothing except on Linux (proc(5))."""
    found: set[str] = set()
    for children in Path("/proc/self/task").glob("*/children"):
        with suppress(OSError):  # that thread has ended
            found.update(f"process {number}" for number in children.read_text().split())
    return frozenset(found)
