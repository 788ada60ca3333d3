"""Who does something to a store: as the kernel says, and as the journal names them. Blocks."""

from __future__ import annotations

import pwd
import socket
import struct

_LONGEST = 200
"""Characters."""

_CREDENTIALS = struct.Struct("3i")
"""Process, user and group, as ``SO_PEERCRED`` has them (socket(7))."""


def peer_of(connection: socket.socket) -> int:
    """Return the user at the other end of a unix socket.

    :raise OSError: when the kernel does not say it.
    """
    content = connection.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, _CREDENTIALS.size)
    _, uid, _ = _CREDENTIALS.unpack(content)
    return int(uid)


def user_name(uid: int) -> str:
    """Return the name of a user, or the number where there is no name."""
    try:
        return pwd.getpwuid(uid).pw_name
    except KeyError:
        return str(uid)


def actor_name(user: str) -> str:
    """Return how the journal names a user of this machine, ``user@host``, as it can be printed."""
    text = f"{user}@{socket.gethostname()}"
    return "".join(one for one in text if one.isprintable())[:_LONGEST]
