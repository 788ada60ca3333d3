"""A client of a master's web server: its REST API, its pages and its hooks. All of it blocks."""

from __future__ import annotations

import http.client
import json
from contextlib import closing, suppress
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Mapping

_JSON = {"Content-Type": "application/json"}
_SECONDS = 20
_READINGS = 4


class Answer(NamedTuple):
    """What came back: the status, the headers and the body, decoded."""

    status: int
    headers: list[tuple[str, str]]
    text: str


class Refused(RuntimeError):
    """The master does not do what it was told to."""


class MasterWeb:
    """Asks the master that listens on `port`; each request has a connection of its own.

    Buildbot 4.3 writes an answer of its REST API from a thread while the reactor may be sending
    what is written already, and so loses a part now and then: of the largest, one in 200 never
    ends. Reading changes nothing, so what was not answered in time is asked for again.
    """

    def __init__(self, port: int) -> None:
        self.port = port

    def page(self, path: str) -> Answer:
        """Read any page."""
        for _reading in range(_READINGS - 1):
            with suppress(TimeoutError):
                return self._ask("GET", path, None, {})
        return self._ask("GET", path, None, {})

    def items(self, path: str) -> list[dict[str, Any]]:
        """Read a collection of the REST API."""
        answer = json.loads(self.page(f"/api/v2/{path}").text)
        return next(value for name, value in answer.items() if name != "meta")

    def control(self, path: str, method: str, params: Mapping[str, Any]) -> Any:
        """Order something by the REST API, as the web pages do, and give the result.

        Raises `Refused` if the master does not.
        """
        call = {"id": 1, "jsonrpc": "2.0", "method": method, "params": params}
        answer = json.loads(self.post(f"/api/v2/{path}", json.dumps(call), _JSON).text)
        if "result" not in answer:
            raise Refused(f"the master refused to {method}: {answer.get('error')}")
        return answer["result"]

    def post(self, path: str, body: str, headers: Mapping[str, str]) -> Answer:
        """Post `body` once."""
        return self._ask("POST", path, body, headers)

    def _ask(self, verb: str, path: str, body: str | None, headers: Mapping[str, str]) -> Answer:
        address = ("127.0.0.1", self.port)
        with closing(http.client.HTTPConnection(*address, timeout=_SECONDS)) as connection:
            connection.request(verb, path, body, dict(headers))
            response = connection.getresponse()
            text = response.read().decode("utf-8", "backslashreplace")
        return Answer(response.status, response.getheaders(), text)
