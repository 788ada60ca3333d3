"""`Address`: where a server listens, and which addresses the configuration lists.

Pure. What is compared is scheme, host, port and prefix, so that a redirect's target can be told to
be a listed one however it is spelt.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import urlsplit

_PORTS = {"http": 80, "https": 443}
_ON_THIS_MACHINE = {"localhost", "127.0.0.1", "::1"}


@dataclass(frozen=True)
class Address:
    """The base of a server's URLs: ``https://vault.example.org:8200``.

    :param prefix: what a reverse proxy puts before ``/v1``: empty, or ``/vault``.
    """

    scheme: str
    host: str
    port: int
    prefix: str = ""

    @property
    def is_secret(self) -> bool:
        """Whether what is sent there can be read by nobody on the way."""
        return self.scheme == "https" or self.host in _ON_THIS_MACHINE

    def __str__(self) -> str:
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{self.scheme}://{host}:{self.port}{self.prefix}"


def address_of(url: object) -> Address:
    """Give the address that `url` begins with.

    :raise ValueError: when it is none; the text says what is wrong, and shows no password.
    """
    if not isinstance(url, str):
        msg = f"a URL is a str, not {type(url).__name__}"
        raise ValueError(msg)  # noqa: TRY004 - told as a wrong argument
    problem = None
    try:
        parts = urlsplit(url.strip())
        port = parts.port
    except ValueError:
        problem = "it is no URL"
    if problem is None and (parts.scheme not in _PORTS or not parts.hostname):
        problem = "it must begin with https:// or http:// and a host"
    if problem is None and (parts.username is not None or parts.password is not None):
        problem = "it must hold no user and no password"
    if problem is None and (parts.query or parts.fragment):
        problem = "it must hold no '?' and no '#'"
    if problem is not None:
        raise ValueError(problem)
    prefix = parts.path.rstrip("/").removesuffix("/v1")
    host = str(parts.hostname)
    return Address(parts.scheme, host, _PORTS[parts.scheme] if port is None else port, prefix)


def addresses_of(vault_server: object) -> tuple[Address, ...]:
    """Give the addresses of ``vault_server``: one URL, or several.

    :raise ValueError: when one of them is none, or there is none.
    """
    urls: Sequence[object] = [vault_server]
    if isinstance(vault_server, (list, tuple)):
        urls = vault_server
    if not urls:
        msg = "the list is empty"
        raise ValueError(msg)
    return tuple(dict.fromkeys(address_of(url) for url in urls))


def redirected_to(location: str, addresses: Sequence[Address]) -> Address | None:
    """Give the listed one of `addresses` that a redirect to `location` leads to, if it is one."""
    for address in addresses:
        try:
            target = address_of(location.partition("?")[0])
        except ValueError:
            return None
        if (target.scheme, target.host, target.port) == (
            address.scheme,
            address.host,
            address.port,
        ):
            return address
    return None
