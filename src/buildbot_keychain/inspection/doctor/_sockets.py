"""`listening`: where a process waits for connections, as the kernel says it (proc(5))."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from contextlib import suppress
from ipaddress import IPv4Address, IPv6Address
from pathlib import Path
from typing import NamedTuple

_LISTENS = "0A"


class Socket(NamedTuple):
    """A TCP socket of a process, which waits for connections.

    :param address: this machine's.
    """

    address: IPv4Address | IPv6Address
    port: int

    @property
    def is_open(self) -> bool:
        """Whether other machines can connect to it."""
        mapped = getattr(self.address, "ipv4_mapped", None)
        return not (mapped or self.address).is_loopback


def listening(process: int, proc: Path) -> list[Socket]:
    """Return the sockets where a process listens; none if it is another user's.

    :param proc: where the kernel tells of processes.
    """
    inodes = set(_inodes(proc / str(process) / "fd"))
    found = []
    for name in ("tcp", "tcp6"):
        with suppress(OSError):
            lines = (proc / str(process) / "net" / name).read_text(encoding="ascii").splitlines()
            cells = (line.split() for line in lines[1:])
            found += [_socket(c) for c in cells if c[3] == _LISTENS and c[9] in inodes]
    return found


def _inodes(descriptors: Path) -> Iterator[str]:
    with suppress(OSError):
        for each in list(descriptors.iterdir()):
            with suppress(OSError):
                target = str(each.readlink())
                if target.startswith("socket:["):
                    yield target[len("socket:[") : -1]


def _socket(cells: list[str]) -> Socket:
    address, _, port = cells[1].partition(":")
    # Words of 32 bits, each as this machine orders its bytes.
    words = struct.unpack(f">{len(address) // 8}I", bytes.fromhex(address))
    packed = struct.pack(f"={len(words)}I", *words)
    kind = IPv4Address if len(packed) == 4 else IPv6Address  # noqa: PLR2004 - bytes of IPv4
    return Socket(kind(packed), int(port, 16))
