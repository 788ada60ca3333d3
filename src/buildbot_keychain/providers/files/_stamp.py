"""`file_stamp`: tells whether a file that was read has changed since."""

from __future__ import annotations

import os


def file_stamp(path: str) -> object:
    """Return what differs when the file at `path` has changed. Blocks.

    The error number stands for a file that cannot be looked at.
    """
    try:
        found = os.stat(path)
    except OSError as error:
        return error.errno
    # The last one changes with the mode as well.
    return found.st_dev, found.st_ino, found.st_size, found.st_mtime_ns, found.st_ctime_ns
