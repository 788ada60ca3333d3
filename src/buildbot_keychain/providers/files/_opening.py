"""`without_waiting`: opens files that may turn out to be something else."""

from __future__ import annotations

import os


def without_waiting(path: str, flags: int) -> int:
    """Open a file, and return its descriptor: the `opener` of `open`.

    Opening a FIFO would wait for somebody who writes to it. What was opened may be one, or a
    device; a directory is an error of `open`, which closes what its opener has opened.
    """
    return os.open(path, flags | os.O_NONBLOCK)
