"""`Address`: where a server listens, and which addresses the configuration lists; pure.

Addresses compare by scheme, host, port and prefix. So the target of a redirect is recognised as a
listed address however it is spelled.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from urllib.parse import SplitResult, urlsplit

from buildbot_keychain.providers.http import socket_url

_PORTS = {"http": 80, "https": 443}
_SOCKET = "unix"
_LOOPBACK = {"localhost", "127.0.0.1", "::1"}


@dataclass(frozen=True)
class Address:
    """The base of a server's URLs: ``https://vault.example.org:8200``, ``unix:///run/vault.sock``.

    :param host: of a Unix socket, its path; then there is neither a port nor a prefix.
    :param prefix: what a reverse proxy puts before ``/v1``: empty, or ``/vault``.
    """

    scheme: str
    host: str
    port: int
    prefix: str = ""

    @property
    def is_confidential(self) -> bool:
        """Whether nobody on the way can read what is sent there."""
        return self.scheme != "http" or self.host in _LOOPBACK

    @cached_property
    def url(self) -> str:
        """The base of the server's URLs, as text."""
        if self.scheme == _SOCKET:
            return socket_url(self.host)
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{self.scheme}://{host}:{self.port}{self.prefix}"

    def __str__(self) -> str:
        return f"{_SOCKET}://{self.host}" if self.scheme == _SOCKET else self.url


def parse_address(url: object) -> Address:
    """Return the address that `url` begins with.

    :raise ValueError: when it is not the URL of a server; the text never shows a password.
    """
    if not isinstance(url, str):
        msg = f"a URL is a str, not {type(url).__name__}"
        raise ValueError(msg)  # noqa: TRY004 - reported as a wrong argument
    try:
        parts = urlsplit(url.strip())
        port = parts.port
    except ValueError as error:
        msg = "it is not a URL"
        raise ValueError(msg) from error
    if parts.scheme != _SOCKET and (parts.scheme not in _PORTS or not parts.hostname):
        msg = "it must begin with https:// or http:// and a host, or be unix:// and a socket's path"
        raise ValueError(msg)
    if parts.username is not None or parts.password is not None:
        msg = "it must not contain a user or a password"
        raise ValueError(msg)
    if parts.query or parts.fragment:
        msg = "it must not contain '?' or '#'"
        raise ValueError(msg)
    if parts.scheme == _SOCKET:
        return _parse_socket(parts)
    prefix = parts.path.rstrip("/").removesuffix("/v1")
    port = _PORTS[parts.scheme] if port is None else port
    return Address(parts.scheme, parts.hostname or "", port, prefix)


def _parse_socket(parts: SplitResult) -> Address:
    try:
        socket_url(parts.netloc + parts.path)
    except ValueError as error:
        msg = f"it {error}, as 'unix:///run/vault.sock' does"
        raise ValueError(msg) from error
    return Address(_SOCKET, parts.path, 0)


def parse_addresses(vault_server: object) -> tuple[Address, ...]:
    """Return the addresses of ``vault_server``, which is one URL or a list of them.

    :raise ValueError: when one of them is not a URL, or the list is empty.
    """
    urls: Sequence[object] = [vault_server]
    if isinstance(vault_server, (list, tuple)):
        urls = vault_server
    if not urls:
        msg = "the list is empty"
        raise ValueError(msg)
    return tuple(dict.fromkeys(parse_address(url) for url in urls))


def redirect_target(location: str, addresses: Sequence[Address]) -> Address | None:
    """Return the one of `addresses` that a redirect to `location` leads to, or ``None``.

    Of several on one host it is the one with the longest prefix that `location` begins with; the
    first one if there is none, since a server behind a proxy may not know the proxy's prefix.
    """
    try:
        target = parse_address(location.partition("?")[0])
    except ValueError:
        return None
    server = (target.scheme, target.host, target.port)
    listed = [one for one in addresses if (one.scheme, one.host, one.port) == server]
    below = [one for one in listed if f"{target.prefix}/".startswith(f"{one.prefix}/")]
    return max(below or listed[:1], key=lambda one: len(one.prefix), default=None)
