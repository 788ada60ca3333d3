"""`end_process`: ends a process that has run a master, without stopping the master."""

from __future__ import annotations

import os
import shutil
import sys
from pathlib import Path
from typing import NoReturn


def end_process(directory: Path, status: int = 0) -> NoReturn:
    """End this process with a status, and remove the directory with its master's files.

    The master is for nothing else, and need not be stopped.
    """
    sys.stdout.flush()
    shutil.rmtree(directory, ignore_errors=True)
    os._exit(status)
