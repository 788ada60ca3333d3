"""`MasterWeb`: a client of a master's REST API, pages and hooks. Everything here blocks."""

from __future__ import annotations

import http.client
import json
from contextlib import closing, suppress
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Mapping

_JSON = {"Content-Type": "application/json"}
_SECONDS = 20
_ATTEMPTS = 4


class Response(NamedTuple):
    """The status, the headers and the decoded body."""

    status: int
    headers: list[tuple[str, str]]
    text: str


class ControlRefused(RuntimeError):
    """The master refuses a request to control it."""


class MasterWeb:
    """Sends requests to the master that listens on `port`, each on a connection of its own.

    Buildbot 4.3 writes a response of its REST API from a thread while the reactor may be sending
    an earlier part, and so sometimes loses a part: of the largest responses, one in 200 never ends.
    Reading changes nothing, so a request without a response in time is sent again.
    """

    def __init__(self, port: int) -> None:
        self.port = port

    def page(self, path: str) -> Response:
        """Return any page."""
        for _ in range(_ATTEMPTS - 1):
            with suppress(TimeoutError):
                return self._send("GET", path, None, {})
        return self._send("GET", path, None, {})

    def items(self, path: str) -> list[dict[str, Any]]:
        """Return a collection of the REST API."""
        response = json.loads(self.page(f"/api/v2/{path}").text)
        return next(value for name, value in response.items() if name != "meta")

    def control(self, path: str, method: str, params: Mapping[str, Any]) -> Any:
        """Call a control method of the REST API, as the web pages do, and return the result.

        :raise ControlRefused: when the master refuses.
        """
        call = {"id": 1, "jsonrpc": "2.0", "method": method, "params": params}
        response = json.loads(self.post(f"/api/v2/{path}", json.dumps(call), _JSON).text)
        if "result" not in response:
            raise ControlRefused(f"the master refused to {method}: {response.get('error')}")
        return response["result"]

    def post(self, path: str, body: str, headers: Mapping[str, str]) -> Response:
        """Post `body` once."""
        return self._send("POST", path, body, headers)

    def _send(self, verb: str, path: str, body: str | None, headers: Mapping[str, str]) -> Response:
        address = ("127.0.0.1", self.port)
        with closing(http.client.HTTPConnection(*address, timeout=_SECONDS)) as connection:
            connection.request(verb, path, body, dict(headers))
            response = connection.getresponse()
            text = response.read().decode("utf-8", "backslashreplace")
        return Response(response.status, response.getheaders(), text)
