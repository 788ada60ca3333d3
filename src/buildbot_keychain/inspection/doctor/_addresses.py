"""Where a master listens, and how."""

from __future__ import annotations

import re
from ipaddress import ip_address

_ENCRYPTED = ("ssl:", "tls:", "le:", "lex:", "txtls:")
_LOCAL = ("unix:", "systemd:domain=UNIX")
_INTERFACE = re.compile(r"(?:^|:)interface=((?:\\:|[^:])*)")
_HOSTS = {"localhost", "localhost.localdomain", "ip6-localhost"}


def is_this_machine(host: str | None) -> bool:
    """Return whether a host is the machine that asks."""
    if host is None:
        return False
    if host.lower() in _HOSTS or host.lower().endswith(".localhost"):
        return True
    try:
        return ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False


def is_encrypted(port: object) -> bool:
    """Return whether a port speaks TLS.

    :param port: a number, or the description of an endpoint, as Twisted has it.
    """
    return str(port).startswith(_ENCRYPTED)


def is_local(port: object) -> bool:
    """Return whether a port can be reached from this machine alone."""
    text = str(port)
    if text.startswith(_LOCAL):
        return True
    if text.startswith("systemd:"):  # systemd listens, and only it knows where
        return False
    interface = _INTERFACE.search(text)
    return interface is not None and is_this_machine(interface[1].replace("\\:", ":"))
