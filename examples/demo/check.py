"""Run by the build on the worker: says whether what arrived there is the true value.

It is given a SHA-256 and where to look, compares, and says yes or no. It never prints a value.

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
    """Give who may do what with a file or directory, in octal."""
    return f"{stat.S_IMODE(path.stat().st_mode):04o}"


digest, way, where = sys.argv[1:]
if way == "argument":
    value = where.encode()
elif way == "environment":
    value = os.environb[where.encode()]
else:
    path = Path(where)
    value = path.read_bytes()
    print(f"file mode {mode(path)}, directory mode {mode(path.parent)}")

if hashlib.sha256(value).hexdigest() != digest:
    sys.exit("this is not the true value")
print("this is the true value")
