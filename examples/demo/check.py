"""Runs in the build, on the worker: checks that a secret has arrived with its correct value.

It compares the value with a SHA-256 and prints only whether they match.

    check.py SHA256 argument VALUE
    check.py SHA256 environment NAME
    check.py SHA256 file PATH
"""

from __future__ import annotations

import hashlib
import os
import stat
import sys
from pathlib import Path


def mode(path: Path) -> str:
    """Return the permissions of a file or directory, in octal."""
    return f"{stat.S_IMODE(path.stat().st_mode):04o}"


digest, source, argument = sys.argv[1:]
if source == "argument":
    value = argument.encode()
elif source == "environment":
    value = os.environb[argument.encode()]
else:
    path = Path(argument)
    value = path.read_bytes()
    print(f"file mode {mode(path)}, directory mode {mode(path.parent)}")

if hashlib.sha256(value).hexdigest() != digest:
    sys.exit("the value is wrong")
print("the value is correct")
