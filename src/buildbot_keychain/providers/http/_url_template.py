"""`UrlTemplate`: a URL with a place for a secret's name, which leads nowhere but there.

Each part of a name is percent-encoded (RFC 3986), so that it can end neither the path nor the line
of the request; names that could climb out of the place are no names of anything.
"""

from __future__ import annotations

import ipaddress
from urllib.parse import quote, urlsplit

PLACE = "{path}"
LONGEST = 2000
"""Bytes of an encoded name; servers refuse longer ones, each in its own way."""


class UrlTemplate:
    """A URL with one ``{path}`` in its path or its query.

    :param url: the URL.
    :raise ValueError: when it is none; says what is wanted of it, and never repeats it.
    """

    def __init__(self, url: object) -> None:
        if not isinstance(url, str) or not url.isascii() or not url.isprintable() or " " in url:
            raise ValueError("a str of visible ASCII characters")
        try:
            parts = urlsplit(url)
            host, _ = parts.hostname, parts.port
        except ValueError:
            host = None
        if not host or parts.scheme not in {"https", "http"}:
            raise ValueError("a URL such as 'https://secrets.example.org/v1/{path}'")
        if "@" in parts.netloc or parts.fragment:
            raise ValueError("a URL without a user, a password and a fragment")
        self._in_query = PLACE in parts.query
        if url.count(PLACE) != 1 or PLACE not in parts.path + parts.query:
            raise ValueError("a URL with one '{path}' in its path or its query")
        self._url = url
        self.server = f"{parts.scheme}://{parts.netloc}"
        self.is_private = parts.scheme == "https" or _is_loopback(host)

    def url_of(self, name: str) -> str | None:
        """Give the URL of the secret `name`, or ``None`` where it can be no secret's."""
        parts = name.split("/")
        if any(part in {"", ".", ".."} for part in parts):
            return None
        try:
            encoded = quote(name, safe="" if self._in_query else "/")
        except UnicodeEncodeError:  # half of a character
            return None
        return self._url.replace(PLACE, encoded) if len(encoded) <= LONGEST else None


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
