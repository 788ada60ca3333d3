"""Files that are being written, next to those that they will replace.

Each is locked as long as its process writes it (flock(2)), so that what a killed process has left
is known by its name and by having no lock.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import re
import secrets
from pathlib import Path

_SUFFIX = "scrub"


def create(path: Path) -> tuple[Path, int]:
    """Create the file that will replace `path`; return its path and descriptor, to be closed."""
    partial = path.with_name(f".{path.name}.{secrets.token_hex(4)}.{_SUFFIX}")
    descriptor = os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
    with contextlib.suppress(OSError):  # some network file systems have no locks
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    return partial, descriptor


def remove_leftovers(path: Path) -> int:
    """Remove what killed processes of this user have left next to `path`; return how many."""
    name = re.compile(rf"\.{re.escape(path.name)}\.[0-9a-f]{{8}}\.{_SUFFIX}")
    with os.scandir(path.parent) as entries:
        found = [
            Path(entry.path)
            for entry in entries
            if name.fullmatch(entry.name) and entry.is_file(follow_symlinks=False)
        ]
    return sum(map(_remove_if_left, found))


def _remove_if_left(path: Path) -> bool:
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC)
    except OSError:  # another process has just finished with it, or it is another user's
        return False
    try:
        if os.fstat(descriptor).st_uid != os.geteuid():
            return False
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        path.unlink()
    except OSError:  # somebody is writing it
        return False
    finally:
        os.close(descriptor)
    return True
