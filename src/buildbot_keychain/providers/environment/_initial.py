"""`wipe`: overwrites a variable in the environment that Linux shows in ``/proc/PID/environ``.

That is a part of the process's own memory, filled when it was started. Unsetting a variable does
not change it, and every process of the same user can read it, such as a build on a local worker.
See proc(5), ``/proc/pid/environ``, and ``env_start`` in ``/proc/pid/stat``.

Only whole entries ``NAME=VALUE`` of a variable that has been unset are overwritten, so nothing that
is in use changes. There may be several of a name, of which the process has seen one. If there is no
such file, or the system does not allow it, nothing happens.
"""

from __future__ import annotations

import re
from contextlib import suppress
from pathlib import Path

_ENV_START = 47
"""The index of the address among the numbers after the command's name, counted from 0."""


def wipe(name: bytes) -> None:
    """Overwrite the value in every entry of the variable `name`, which has been unset."""
    entries = re.compile(rb"(?:\A|(?<=\0))" + re.escape(name) + rb"=([^\0]+)")
    with suppress(OSError, ValueError, IndexError, OverflowError):
        environment = Path("/proc/self/environ").read_bytes()
        # The command's name, in parentheses, may contain blanks and parentheses.
        fields = Path("/proc/self/stat").read_bytes().rpartition(b") ")[2].split()
        start = int(fields[_ENV_START])
        for entry in entries.finditer(environment):
            with Path("/proc/self/mem").open("r+b", buffering=0) as memory:
                memory.seek(start + entry.start(1))
                memory.write(b"\0" * len(entry[1]))
