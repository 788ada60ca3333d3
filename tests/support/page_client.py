"""`PageClient`: asks for pages of secrets as browsers and programs do.

It asks a server over HTTP, which blocks, or a `PageSite` without a network.
"""

from __future__ import annotations

import base64
import http.client
import re
from contextlib import closing
from html import unescape
from typing import TYPE_CHECKING, NamedTuple
from urllib.parse import urlencode

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    Parts = Mapping[str, str | bytes | list[str]]

PAGE = "/plugins/keychain/"
FORM = "application/x-www-form-urlencoded"
NAVIGATION = {
    "Sec-Fetch-Dest": "document",
    "Sec-Fetch-Mode": "navigate",
    "Sec-Fetch-Site": "same-origin",
    "Sec-Fetch-User": "?1",
}
"""What a browser sends when a person follows a link or sends a form."""

_HIDDEN = re.compile(r'<input type="hidden" name="(\w+)" value="([^"]*)">')
_SECONDS = 60


class Reply(NamedTuple):
    """The status, the headers by lower-case name, and the decoded body."""

    status: int
    headers: dict[str, str]
    text: str


def reply_of(response: http.client.HTTPResponse) -> Reply:
    """Return a response, read to its end."""
    headers = {name.lower(): value for name, value in response.getheaders()}
    return Reply(response.status, headers, response.read().decode())


def over_http(port: int) -> Callable[..., Reply]:
    """Return a function that asks the server on `port`, on a connection of its own."""

    def ask(method: str, path: str, headers: Mapping[str, str], body: bytes | None) -> Reply:
        with closing(http.client.HTTPConnection("127.0.0.1", port, timeout=_SECONDS)) as connection:
            connection.request(method, path, body, dict(headers))
            return reply_of(connection.getresponse())

    return ask


class PageClient:
    """A person with a browser, or a program.

    :param ask: sends one request.
    :param origin: of the pages.
    :ivar cookie: the session's, once somebody has logged in.
    """

    def __init__(self, ask: Callable[..., Reply], origin: str, cookie: str = "") -> None:
        self._ask = ask
        self.origin = origin
        self.cookie = cookie

    def log_in(self, user: str, password: str) -> PageClient:
        """Log in as Buildbot's page does, and return this."""
        credentials = base64.b64encode(f"{user}:{password}".encode()).decode()
        reply = self.ask("GET", "/auth/login", {"Authorization": f"Basic {credentials}"})
        self.cookie = reply.headers["set-cookie"].partition(";")[0]
        return self

    def ask(
        self,
        method: str,
        path: str,
        headers: Mapping[str, str | None] | None = None,
        body: str | bytes | None = None,
    ) -> Reply:
        """Send one request with the session's cookie; a header of ``None`` is left out."""
        wanted = {"Cookie": self.cookie or None, **(headers or {})}
        sent = {name: value for name, value in wanted.items() if value is not None}
        return self._ask(method, path, sent, body.encode() if isinstance(body, str) else body)

    def open(self, page: str = "", **headers: str | None) -> Reply:
        """Open a page as a person does; `headers` replace those of a browser."""
        return self.ask("GET", PAGE + page, NAVIGATION | _named(headers))

    def send(self, page: str, form: Mapping[str, str], **headers: str | None) -> Reply:
        """Send a form as a browser does."""
        usual = {**NAVIGATION, "Origin": self.origin, "Content-Type": FORM}
        return self.ask("POST", PAGE + page, usual | _named(headers), urlencode(form))

    def upload(self, page: str, form: Parts, **headers: str | None) -> Reply:
        """Send a form with files, which are bytes, as a browser does."""
        content_type, body = multipart(form)
        usual = {**NAVIGATION, "Origin": self.origin, "Content-Type": content_type}
        return self.ask("POST", PAGE + page, usual | _named(headers), body)

    def call(
        self, method: str, path: str, token: str | None, body: str | None = None, **headers: str
    ) -> Reply:
        """Ask for JSON as a program does."""
        return self.call_page(method, f"api/v1/{path}", token, body, **headers)

    def call_page(
        self, method: str, page: str, token: str | None, body: str | None = None, **headers: str
    ) -> Reply:
        """Ask for anything as a program does."""
        usual = {
            "Authorization": None if token is None else f"Bearer {token}",
            "Content-Type": None if body is None else "application/json",
        }
        return self.ask(method, f"{PAGE}{page}", usual | _named(headers), body)


def multipart(fields: Parts) -> tuple[str, bytes]:
    """Return the type and the body of a form with files, which are bytes, as browsers send it.

    :param fields: what is a list is sent several times.
    """
    boundary = "----WebKitFormBoundary7MA4YWxkTrZu0gW"
    body = b""
    pairs = [
        (name, each)
        for name, value in fields.items()
        for each in (value if isinstance(value, list) else [value])
    ]
    for name, value in pairs:
        head = f'Content-Disposition: form-data; name="{name}"'
        if isinstance(value, bytes):
            head += '; filename="x"\r\nContent-Type: application/octet-stream'
        content = value if isinstance(value, bytes) else value.encode()
        body += b"\r\n".join([f"--{boundary}".encode(), head.encode(), b"", content, b""])
    return f"multipart/form-data; boundary={boundary}", body + f"--{boundary}--\r\n".encode()


def forms_of(page: str, action: str = "") -> list[dict[str, str]]:
    """Return the hidden fields of each form of a page.

    :param action: where those are sent that are meant; all of them by default.
    """
    return [
        {name: unescape(value) for name, value in _HIDDEN.findall(form)}
        for form in page.split("<form ")[1:]
        if not action or f' action="{action}"' in form.partition(">")[0]
    ]


def _named(headers: Mapping[str, str | None]) -> dict[str, str | None]:
    """Return headers by the names that HTTP has, as ``sec_fetch_mode`` is one of Python."""
    return {name.replace("_", "-").title(): value for name, value in headers.items()}
