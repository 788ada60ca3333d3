"""Ports for servers that are stopped and started again at the same address.

They are below the range from which the system takes the ports of outgoing connections. Within it, a
client could get the port of a server that is down, or be connected to itself. Processes that run
tests at the same time take ports from different parts of the range.
"""

from __future__ import annotations

import os
import random
import socket
from pathlib import Path

_OUTGOING = Path("/proc/sys/net/ipv4/ip_local_port_range")
_LOWEST = 10_000


def free_port() -> int:
    """Return a TCP port of 127.0.0.1 on which nothing is listening."""
    end = int(_OUTGOING.read_text().split()[0]) if _OUTGOING.exists() else 32_768
    # Set by pytest-xdist: "gw1" is the second of the processes.
    process = int(os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw"))
    processes = int(os.environ.get("PYTEST_XDIST_WORKER_COUNT", "1"))
    for port in random.sample(range(_LOWEST + process, end, processes), 100):
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
            return port
    raise RuntimeError("no free port was found")
