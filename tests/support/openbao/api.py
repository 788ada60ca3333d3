"""OpenBao's HTTP API as an administrator uses it: blocking, one connection a request.

Errors say method, path, status and what the server says is wrong; requests' bodies and tokens
are in none of them.
"""

from __future__ import annotations

import json
import ssl
import urllib.error
import urllib.request
from collections.abc import Mapping
from typing import Any

_DEADLINE = 30.0  # seconds


class ApiError(Exception):
    """The server refused.

    :ivar status: the HTTP status; 0 when it did not answer.
    """

    def __init__(self, method: str, path: str, status: int, errors: object) -> None:
        super().__init__(f"{method} {path}: {status} {errors}")
        self.status = status


class Api:
    """Requests with one token in one namespace.

    :param address: ``http://127.0.0.1:18200``.
    :param namespace: a path such as ``team/a``.
    :param tls: how to trust an ``https`` server, and what to show it.
    """

    def __init__(
        self,
        address: str,
        token: str | None = None,
        *,
        namespace: str | None = None,
        tls: ssl.SSLContext | None = None,
    ) -> None:
        self.address = address
        self.token = token
        self.namespace = namespace
        self.tls = tls

    def with_token(self, token: str | None) -> Api:
        """Return the same API with another token."""
        return Api(self.address, token, namespace=self.namespace, tls=self.tls)

    def within(self, namespace: str | None) -> Api:
        """Return the same API in another namespace."""
        return Api(self.address, self.token, namespace=namespace, tls=self.tls)

    def read(self, path: str) -> dict[str, Any]:
        """Read a path: its ``data``, or the whole answer where it has none."""
        return self.request("GET", path)

    def write(self, path: str, /, **data: object) -> dict[str, Any]:
        """Write `data` to a path; give what the answer holds."""
        return self.request("POST", path, data)

    def wrapped(self, path: str, /, ttl: str = "5m", **data: object) -> str:
        """Write `data` to a path; give the token that the answer is wrapped in."""
        made = self.request("POST", path, data, headers={"X-Vault-Wrap-TTL": ttl})
        return str(made["token"])

    def delete(self, path: str) -> None:
        """Delete a path."""
        self.request("DELETE", path)

    def list(self, path: str) -> list[str]:
        """Return the keys under a path, none where it is not there."""
        try:
            return list(self.request("LIST", path)["keys"])
        except ApiError as error:
            if error.status == 404:
                return []
            raise

    def request(
        self,
        method: str,
        path: str,
        data: object = None,
        *,
        headers: Mapping[str, str] | None = None,
        whole: bool = False,
    ) -> dict[str, Any]:
        """Send a request.

        :param whole: give the whole answer, not what its ``data`` or ``auth`` holds.
        :raise ApiError: when the server refuses or does not answer.
        """
        headers = {"Content-Type": "application/json", **(headers or {})}
        if self.token:
            headers["X-Vault-Token"] = self.token
        if self.namespace:
            headers["X-Vault-Namespace"] = self.namespace
        body = None if data is None else json.dumps(data).encode()
        request = urllib.request.Request(f"{self.address}/v1/{path}", body, headers, method=method)
        direct = urllib.request.build_opener(
            urllib.request.ProxyHandler({}), urllib.request.HTTPSHandler(context=self.tls)
        )
        try:
            with direct.open(request, timeout=_DEADLINE) as response:
                text = response.read()
        except urllib.error.HTTPError as error:
            with error:
                raise ApiError(method, path, error.code, _errors(error.read())) from None
        except (OSError, ssl.SSLError) as error:
            raise ApiError(method, path, 0, error) from None
        answer: dict[str, Any] = json.loads(text) if text else {}
        if whole:
            return answer
        return answer.get("data") or answer.get("auth") or answer.get("wrap_info") or answer


def _errors(body: bytes) -> object:
    try:
        return json.loads(body).get("errors")
    except ValueError:
        return f"{len(body)} bytes"
