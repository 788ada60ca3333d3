"""What arguments of several providers have to be: paths, durations, URLs; pure."""

from __future__ import annotations

import os
from urllib.parse import SplitResult, urlsplit

LONGEST_TIMEOUT = 300.0
"""Seconds: who waits longer for a secret has other problems."""


def is_path(given: object) -> bool:
    """Tell whether it can be the path of a file or directory."""
    path = os.fspath(given) if isinstance(given, (str, os.PathLike)) else None
    return isinstance(path, str) and bool(path) and "\0" not in path


def is_timeout(given: object) -> bool:
    """Tell whether it is a number of seconds, at most `LONGEST_TIMEOUT`."""
    return type(given) in {int, float} and 0 < given <= LONGEST_TIMEOUT  # type: ignore[operator]


def server_url(given: object) -> SplitResult | None:
    """Give the parts of a server's URL, or ``None``: it has a host, and no user or query."""
    try:
        parts = urlsplit(given) if isinstance(given, str) else None
        usable = parts is not None and bool(parts.hostname) and parts.port != 0
    except ValueError:
        return None
    if parts is None or not usable or parts.username or parts.query or parts.fragment:
        return None
    return parts
