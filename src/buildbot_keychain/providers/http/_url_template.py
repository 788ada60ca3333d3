"""`UrlTemplate`: a URL with a place for a secret's name, which never leads to another place.

Each part of a name is percent-encoded (RFC 3986), so that it can end neither the path nor the line
of the request. A name that could climb out of its place names no secret.
"""

from __future__ import annotations

from urllib.parse import quote, urlsplit

from buildbot_keychain import utf8
from buildbot_keychain.providers.http._unix_sockets import SOCKET_SCHEME, socket_path

PLACE = "{path}"
MAX_NAME_BYTES = 2000
"""Bytes of an encoded name; servers reject longer URLs, each with another status."""

_EXAMPLE = "https://secrets.example.org/v1/{path}"
_SOCKET_EXAMPLE = "http+unix://%2Frun%2Fsecrets.sock/v1/{path}"


class UrlTemplate:
    """A URL with one ``{path}``, in its path or its query.

    :param url: the URL.
    :ivar server: the server, without path and query, for messages.
    :ivar is_socket: whether that listens on a Unix socket.
    :raise ValueError: when it is not such a URL; the text says what it must be, as the end of a
        sentence, and never quotes it.
    """

    def __init__(self, url: object) -> None:
        if not isinstance(url, str):
            raise ValueError(f"must be a str, such as {_EXAMPLE!r}, not {type(url).__name__}")  # noqa: TRY004 - reported as a wrong argument
        if not url.isascii() or not url.isprintable() or " " in url:
            raise ValueError("must hold nothing but visible ASCII characters")
        try:
            parts = urlsplit(url)
            host, _ = parts.hostname, parts.port
        except ValueError:
            host = None
        if not host or parts.scheme not in {"https", "http", SOCKET_SCHEME}:
            raise ValueError(
                f"must begin with https:// or http:// and a host, as {_EXAMPLE!r} does, or with "
                f"{SOCKET_SCHEME}:// and the path of a socket, as {_SOCKET_EXAMPLE!r} does"
            )
        if "@" in parts.netloc:
            raise ValueError("must not hold a user or a password; pass token instead")
        if parts.fragment:
            raise ValueError("must not hold a fragment (#), which is not sent to a server")
        self.is_socket = parts.scheme == SOCKET_SCHEME
        if self.is_socket:
            socket_path(parts.netloc)
        self._in_query = PLACE in parts.query
        if url.count(PLACE) != 1 or PLACE not in parts.path + parts.query:
            raise ValueError(f"must hold '{PLACE}' once, in its path or its query")
        self._url = url
        self.server = f"{parts.scheme}://{parts.netloc}"

    def url_of(self, name: str) -> str | None:
        """Return the URL of the secret `name`, or ``None`` where no secret can be called so."""
        parts = name.split("/")
        if any(part in {"", ".", ".."} for part in parts) or not utf8.is_encodable(name):
            return None
        encoded = quote(name, safe="" if self._in_query else "/")
        return self._url.replace(PLACE, encoded) if len(encoded) <= MAX_NAME_BYTES else None
