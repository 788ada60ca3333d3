"""`wipe`: overwrites a variable in the environment that Linux shows in ``/proc/PID/environ``.

That is a part of the process's own memory, filled when it was started. Unsetting a variable does
not change it, and every process of the same user can read it, such as a build on a local worker.
See proc(5), ``/proc/pid/environ``, and ``env_start`` in ``/proc/pid/stat``.

Only a whole entry ``NAME=VALUE`` of a variable that has been unset is overwritten, so nothing that
is in use changes. If there is no such file, or the system does not allow it, nothing happens.
"""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path

_ENV_START = 47
"""The index of the address among the numbers after the command's name, counted from 0."""


def wipe(name: bytes, value: bytes) -> None:
    """Overwrite `value` in the entry of the variable `name`, which has been unset."""
    entry = b"\0" + name + b"=" + value + b"\0"
    with suppress(OSError, ValueError, IndexError, OverflowError):
        environment = b"\0" + Path("/proc/self/environ").read_bytes() + b"\0"
        # The command's name, in parentheses, may contain blanks and parentheses.
        fields = Path("/proc/self/stat").read_bytes().rpartition(b") ")[2].split()
        start = int(fields[_ENV_START])
        position = environment.find(entry)
        if position >= 0 and value:
            with Path("/proc/self/mem").open("r+b", buffering=0) as memory:
                memory.seek(start + position + len(name) + 1)
                memory.write(b"\0" * len(value))
