"""`Server`: where requests go, and why one has failed. Blocks.

The token goes to the server that the command line names, over TLS with its certificate verified, or
to this machine: no redirect is followed, and no proxy is used. What is sent is shown nowhere.
"""

from __future__ import annotations

import contextlib
import http.client
import ipaddress
import json
import ssl
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode, urlsplit

from buildbot_keychain import utf8
from buildbot_keychain.cli._exit import UsageError
from buildbot_keychain.errors import (
    InvalidName,
    KeychainError,
    NotInStore,
    StoreConflict,
    StoreError,
    StoreUnavailable,
)
from buildbot_keychain.secretive import secretive

SILENCE = 60.0
"""Seconds."""

_API = "plugins/keychain/api/v1/store/"
_LONGEST = 64 << 20
"""Bytes of an answer."""

_KINDS: Mapping[int, type[KeychainError]] = {
    400: InvalidName,
    404: NotInStore,
    409: StoreConflict,
    503: StoreUnavailable,
}
_UNKNOWN = "look with buildbot-keychain history whether it was done"


@secretive
class Server:
    """The JSON of a master's page.

    :param url: of Buildbot, as ``buildbotURL`` has it.
    :param token: of the scopes ``secrets:read`` and ``secrets:write``.
    :raise UsageError: when there is no such address, or the token could be read on its way there.
    """

    def __init__(self, url: str, token: str) -> None:
        parts = urlsplit(url)
        try:
            port = parts.port
        except ValueError:
            port = -1
        host = parts.hostname or ""
        if parts.scheme not in {"http", "https"} or not host or port == -1:
            raise UsageError("--server must be the address of Buildbot: https://ci.example.org/")
        if parts.username is not None or parts.query or parts.fragment:
            raise UsageError("--server must be an address alone: no user, and nothing behind it")
        if parts.scheme == "http" and not _is_here(host):
            raise UsageError("--server must be https://..., or others read the token on its way")
        self.url = url
        self._is_https, self._host, self._port = parts.scheme == "https", host, port
        self._path = parts.path.rstrip("/") + "/" + _API
        self._token = token

    def ask(
        self,
        method: str,
        path: str,
        query: Mapping[str, str] | None = None,
        sent: Mapping[str, Any] | None = None,
    ) -> Any:  # noqa: ANN401 - what JSON has
        """Return the JSON that is answered.

        :raise InvalidName: when anything is not a text that can be sent.
        :raise KeychainError: when it cannot be done, with the sentence of the server.
        """
        text = "" if sent is None else json.dumps(sent, ensure_ascii=False)
        if not all(map(utf8.is_encodable, [text, *(query or {}).values()])):
            # Python's own error would hold all that was to be sent.
            raise InvalidName("the name, or what is known of the secret, is not valid Unicode")
        body = None if sent is None else text.encode()
        address = self._path + path + (f"?{urlencode(query)}" if query else "")
        status, content = self._exchange(method, address, body)
        try:
            answer = json.loads(content)
        except (ValueError, RecursionError):
            answer = None
        if not isinstance(answer, dict):
            raise StoreUnavailable(
                f"{self.url} has no page of secrets there (status {status}): name the address of "
                "Buildbot, whose www has the plug-in keychain"
            )
        if status == 200:  # noqa: PLR2004 - the standard's number
            return answer
        kind = _KINDS.get(status, StoreError)
        raise kind(f"{self.url}: {_clause(answer.get('error'))}")

    def _exchange(self, method: str, address: str, body: bytes | None) -> tuple[int, bytes]:
        headers = {"Authorization": f"Bearer {self._token}", "Accept": "application/json"}
        if body is not None:
            headers["Content-Type"] = "application/json"
        with contextlib.closing(self._connection()) as connection:
            try:
                connection.connect()
            except OSError as error:
                raise StoreUnavailable(f"cannot reach {self.url}: {_reason(error)}") from error
            try:
                connection.request(method, address, body, headers)
                response = connection.getresponse()
                content = response.read(_LONGEST)
            except (OSError, http.client.HTTPException) as error:
                msg = f"{self.url} has not answered: {_reason(error)}"
                raise StoreUnavailable(f"{msg}; {_UNKNOWN}") from error
        return response.status, content

    def _connection(self) -> http.client.HTTPConnection:
        if self._is_https:
            context = ssl.create_default_context()
            return http.client.HTTPSConnection(
                self._host, self._port, timeout=SILENCE, context=context
            )
        return http.client.HTTPConnection(self._host, self._port, timeout=SILENCE)


def _is_here(host: str) -> bool:
    if host == "localhost":
        return True
    with contextlib.suppress(ValueError):
        return ipaddress.ip_address(host).is_loopback
    return False


def _reason(error: Exception) -> str:
    """Return what is wrong, and nothing of what was sent or has come."""
    if isinstance(error, ssl.SSLCertVerificationError):
        return f"its certificate is not trusted ({error.verify_message})"
    if isinstance(error, TimeoutError):
        return f"it has not said anything for {SILENCE:g} seconds"
    if isinstance(error, OSError) and error.strerror:
        return error.strerror
    return type(error).__name__


def _clause(sentence: object) -> str:
    """Return a sentence of the server as messages of commands have it."""
    text = "".join(one for one in str(sentence or "it cannot be done") if one.isprintable())
    return f"{text[:1].lower()}{text[1:]}".rstrip(".")
