"""URLs of servers that listen on a Unix socket: ``http+unix://%2Frun%2Fsecrets.sock/v1/x``; pure.

The path of the socket, percent-encoded, stands in place of a host, as in requests-unixsocket.
"""

from __future__ import annotations

import os
from urllib.parse import quote, unquote

SOCKET_SCHEME = "http+unix"

_LONGEST = 107
"""Bytes of a socket's path on Linux (unix(7)); the last of 108 ends it."""


def socket_url(path: str) -> str:
    """Return the beginning of the URLs of the server that listens on the socket at `path`.

    :raise ValueError: when no socket can be there; the text is the end of a sentence about the URL.
    """
    problem = _problem(path)
    if problem:
        raise ValueError(problem)
    return f"{SOCKET_SCHEME}://{quote(path, safe='')}"


def socket_path(host: str) -> str:
    """Return the path of the socket that stands in place of a host.

    :raise ValueError: when it is not one.
    """
    path = unquote(host)
    problem = _problem(path)
    if problem:
        raise ValueError(problem)
    return path


def _problem(path: str) -> str:
    if not os.path.isabs(path) or not path.isprintable():
        return "must hold the absolute path of a socket"
    if len(os.fsencode(path)) > _LONGEST:
        return f"must hold a path of at most {_LONGEST} bytes, which a socket can have"
    return ""
