"""Everything that the master and the worker have written or sent, as text, unfiltered."""

from __future__ import annotations

import http.client
import json
import sqlite3
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from buildbot.db.logs import LogsConnectorComponent

_COLLECTIONS = (
    "builders", "builds", "buildrequests", "buildsets", "changes", "changesources", "codebases",
    "forceschedulers", "masters", "projects", "schedulers", "sourcestamps", "workers",
    "application.spec",
)  # fmt: skip


class Web:
    """Sends requests to the master's web server and keeps every response."""

    def __init__(self, port: int) -> None:
        self._port = port
        self.responses: list[str] = []

    def request(self, path: str, body: dict[str, Any] | None = None) -> str:
        """GET `path`, or POST `body` to it, and return the body of the response."""
        connection = http.client.HTTPConnection("127.0.0.1", self._port, timeout=60)
        headers = {"Content-Type": "application/json", "Connection": "close"}
        content = None if body is None else json.dumps(body)
        connection.request("POST" if body else "GET", path, content, headers)
        response = connection.getresponse()
        text = response.read().decode("utf-8", "backslashreplace")
        connection.close()
        self.responses.append(f"{response.getheaders()}\n{text}")
        return text

    def api(self, path: str) -> Any:  # noqa: ANN401 - any JSON
        """Return the response of the REST API at `path`, or ``{}``."""
        try:
            return json.loads(self.request(f"/api/v2/{path}"))
        except ValueError:
            return {}

    def items(self, path: str) -> list[dict[str, Any]]:
        """Return the items of the collection at `path`."""
        found = self.api(path).get(path.rsplit("/", 1)[-1], [])
        return found if isinstance(found, list) else []

    def force(self) -> None:
        """Request a build, as the button on the web page does."""
        call = {"id": 1, "jsonrpc": "2.0", "method": "force", "params": {"reason": "the demo"}}
        self.request("/api/v2/forceschedulers/force", call)

    def steps(self) -> list[tuple[dict[str, Any], str]]:
        """Return the steps of the first build, each with its stored logs."""
        return [
            (
                step,
                "".join(self._content(log) for log in self.items(f"steps/{step['stepid']}/logs")),
            )
            for step in self.items("builds/1/steps")
        ]

    def _content(self, log: dict[str, Any]) -> str:
        chunks = self.api(f"logs/{log['logid']}/contents")["logchunks"]
        return "".join(chunk["content"] for chunk in chunks)

    def crawl(self) -> None:
        """Request everything about the build and its master."""
        for name in _COLLECTIONS:
            self.items(name)
        for path in ("builds/1/properties", "builds/1/data", "builds/1/changes"):
            self.items(path)
        self.items("buildsets/1/properties")
        for step in self.items("builds/1/steps"):
            for log in self.items(f"steps/{step['stepid']}/logs"):
                self._content(log)
                self.request(f"/api/v2/logs/{log['logid']}/raw_inline")
        for path in ("/", "/config", "/api/v2"):
            self.request(path)


class Events:
    """Records all events that the master sends to its open web pages.

    :param on_event: called with each event, in threads that end with the master.
    """

    def __init__(self, port: int, on_event: Callable[[dict[str, Any]], None]) -> None:
        self.texts: list[str] = []
        self._on_event = on_event
        # A subscription matches keys of one length.
        for length in range(1, 7):
            connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
            connection.request("GET", "/sse/listen/" + "/".join("*" * length))
            response = connection.getresponse()
            response.readline()  # the handshake; events follow
            threading.Thread(target=self._listen, args=(response,), daemon=True).start()

    def _listen(self, response: http.client.HTTPResponse) -> None:
        try:
            for line in response:
                text = line.decode("utf-8", "backslashreplace")
                self.texts.append(text)
                if text.startswith("data: {"):
                    self._on_event(json.loads(text.removeprefix("data: ")))
        except (OSError, http.client.HTTPException):  # the master has stopped
            return


def database(path: Path) -> tuple[str, str]:
    """Return all log chunks, decompressed, and all other columns of all tables."""
    chunks: list[str] = []
    columns: list[str] = []
    connection = sqlite3.connect(f"file:{path}?mode=ro", uri=True)
    connection.row_factory = sqlite3.Row
    for row in connection.execute("select * from logchunks order by logid, first_line"):
        compressor: Any = LogsConnectorComponent.COMPRESSION_BYID[row["compressed"]]
        # A dictionary before Buildbot 4.1, an object since.
        read = compressor["read"] if isinstance(compressor, dict) else compressor.read
        chunks.append(_text(read(row["content"])))
    for (table,) in connection.execute("select name from sqlite_master where type = 'table'"):
        if table != "logchunks":
            for row in connection.execute(f'select * from "{table}"'):
                columns.extend(_text(value) for value in row if isinstance(value, (str, bytes)))
    connection.close()
    return "\n".join(chunks), "\n".join(columns)


def files(directory: Path, *, exclude: str = "") -> str:
    """Return names and contents of all files below `directory`.

    :param exclude: leave out files whose name starts with this.
    """
    return "\n".join(_files(directory, exclude))


def _files(directory: Path, exclude: str) -> Iterator[str]:
    for path in sorted(directory.rglob("*")):
        if not exclude or not path.name.startswith(exclude):
            yield str(path.relative_to(directory))
            if path.is_file():
                yield _text(path.read_bytes())


def _text(value: str | bytes) -> str:
    return value if isinstance(value, str) else value.decode("utf-8", "backslashreplace")
