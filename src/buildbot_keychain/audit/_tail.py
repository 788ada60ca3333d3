"""The end of a file of lines, found without reading what is before it."""

from __future__ import annotations

import os

_STEP = 64 * 1024


def last_line(descriptor: int, size: int) -> tuple[int, bytes | None]:
    """Return where the last complete line ends, and that line; 0 and ``None`` if there is none.

    :param size: how long the file is.
    """
    start, tail = size, b""
    while start:
        step = min(_STEP, start)
        start -= step
        tail = os.pread(descriptor, step, start) + tail
        end = tail.rfind(b"\n")
        if end < 0:
            continue
        begin = tail.rfind(b"\n", 0, end)
        if begin >= 0 or not start:
            return start + end + 1, tail[begin + 1 : end]
    return 0, None
