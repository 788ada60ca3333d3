"""Ports for servers that are stopped and started again at the same address.

They are taken from below the range out of which the system gives connections their own ports:
out of that range, a client could get the port of a server that is down, or be connected to itself.
"""

from __future__ import annotations

import random
import socket
from pathlib import Path

_RANGE = Path("/proc/sys/net/ipv4/ip_local_port_range")
_LOWEST = 10_000


def free_port() -> int:
    """Return a TCP port of 127.0.0.1 that nobody listens on."""
    first = int(_RANGE.read_text().split()[0]) if _RANGE.exists() else 32_768
    for port in random.sample(range(_LOWEST, first), 100):
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
            return port
    raise RuntimeError("no free port was found")
