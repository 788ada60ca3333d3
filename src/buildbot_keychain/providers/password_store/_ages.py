"""When an entry was written, and by which commit; blocks.

A clone writes its files when it is made, so git says it where it knows the store. Otherwise it is
the time of the file. Git runs without its configuration but that of the store, which nobody else
can write to.
"""

from __future__ import annotations

import os
import subprocess
from contextlib import suppress

_WITHIN = 10.0
"""Seconds that git may take."""


def written(dirname: str, file: str) -> tuple[str | None, float | None]:
    """Return the commit that wrote a file last, and when, in seconds since the epoch.

    :param dirname: the directory of the store.
    :param file: the path of a file in it.
    """
    try:
        changed = os.stat(file).st_mtime
    except OSError:
        return None, None
    return _commit(dirname, file) or (None, changed)


def _commit(dirname: str, file: str) -> tuple[str, float] | None:
    if not os.path.exists(os.path.join(dirname, ".git")):
        return None
    environment = {
        **{name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ},
        "GIT_CONFIG_NOSYSTEM": "1",
        "GIT_OPTIONAL_LOCKS": "0",
        "LC_ALL": "C",
    }
    git = ("git", "--literal-pathspecs", "-c", "log.showSignature=false")
    command = (*git, "log", "-1", "--format=%h %ct", "--", os.path.relpath(file, dirname))
    with suppress(OSError, subprocess.SubprocessError, ValueError):
        done = subprocess.run(  # noqa: S603 - of constants, and of a file that exists
            command,
            cwd=dirname,
            env=environment,
            capture_output=True,
            timeout=_WITHIN,
            check=True,
        )
        commit, time = done.stdout.split()
        return commit.decode("ascii"), float(time)
    return None
