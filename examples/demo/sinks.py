"""Everything that the master and the worker wrote or said, as named texts. Nothing is filtered."""

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
    """Asks the master's web server, one request after the other, and keeps every answer."""

    def __init__(self, port: int) -> None:
        self._port = port
        self.answers: list[str] = []

    def request(self, path: str, body: dict[str, Any] | None = None) -> str:
        """GET `path`, or POST a `body` to it; give the answer's body."""
        connection = http.client.HTTPConnection("127.0.0.1", self._port, timeout=60)
        headers = {"Content-Type": "application/json", "Connection": "close"}
        content = None if body is None else json.dumps(body)
        connection.request("POST" if body else "GET", path, content, headers)
        response = connection.getresponse()
        text = response.read().decode("utf-8", "backslashreplace")
        connection.close()
        self.answers.append(f"{response.getheaders()}\n{text}")
        return text

    def api(self, path: str) -> Any:  # noqa: ANN401 - whatever JSON says
        """Give what the REST API says at `path`, or ``{}``."""
        try:
            return json.loads(self.request(f"/api/v2/{path}"))
        except ValueError:
            return {}

    def items(self, path: str) -> list[dict[str, Any]]:
        """Give the items of the collection at `path`."""
        found = self.api(path).get(path.rsplit("/", 1)[-1], [])
        return found if isinstance(found, list) else []

    def force(self) -> None:
        """Ask for a build, as the button on the page does."""
        call = {"id": 1, "jsonrpc": "2.0", "method": "force", "params": {"reason": "the demo"}}
        self.request("/api/v2/forceschedulers/force", call)

    def steps(self) -> list[tuple[dict[str, Any], str]]:
        """Give the steps of the first build, each with its logs as stored."""
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
        """Ask for all there is."""
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
    """Listens to all that the master tells its open pages, from now on.

    :param heard: called with every event, in threads that end with the master.
    """

    def __init__(self, port: int, heard: Callable[[dict[str, Any]], None]) -> None:
        self.texts: list[str] = []
        self._heard = heard
        # Each subscription is for keys of one length.
        for length in range(1, 7):
            connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
            connection.request("GET", "/sse/listen/" + "/".join("*" * length))
            response = connection.getresponse()
            response.readline()  # the handshake: from here on, events are ours
            threading.Thread(target=self._listen, args=(response,), daemon=True).start()

    def _listen(self, response: http.client.HTTPResponse) -> None:
        try:
            for line in response:
                text = line.decode("utf-8", "backslashreplace")
                self.texts.append(text)
                if text.startswith("data: {"):
                    self._heard(json.loads(text.removeprefix("data: ")))
        except (OSError, http.client.HTTPException):  # the master is gone
            return


def database(path: Path) -> tuple[str, str]:
    """Give all log chunks, decompressed, and every other column of every table."""
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


def files(directory: Path, *, but: str = "") -> str:
    """Give name and content of every file below `directory`, save those whose name begins `but`."""
    return "\n".join(_files(directory, but))


def _files(directory: Path, but: str) -> Iterator[str]:
    for path in sorted(directory.rglob("*")):
        if not but or not path.name.startswith(but):
            yield str(path.relative_to(directory))
            if path.is_file():
                yield _text(path.read_bytes())


def _text(value: str | bytes) -> str:
    return value if isinstance(value, str) else value.decode("utf-8", "backslashreplace")
