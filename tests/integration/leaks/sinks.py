"""Everything that Buildbot wrote or sent, as named texts.

A sink is a name and its texts; names are those of the report. Nothing is filtered here.
"""

from __future__ import annotations

import json
import sqlite3
from collections import defaultdict
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from buildbot.db.logs import LogsConnectorComponent

from tests.support.master_web import MasterWeb

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

Sinks = dict[str, list[str]]

_COLLECTIONS = (
    "builders", "builds", "buildrequests", "buildsets", "changes", "changesources", "codebases",
    "forceschedulers", "masters", "projects", "schedulers", "sourcestamps", "steps", "workers",
    "test_result_sets", "application.spec",
)  # fmt: skip
_OF_BUILD = ("properties", "property_list", "data", "changes", "test_result_sets", "steps")
_OF_BUILDSET = ("properties", "properties_list")


def database(path: Path) -> Sinks:
    """Return every column of every table; the log chunks are those of the logs, decompressed."""
    sinks: Sinks = defaultdict(list)
    with sqlite3.connect(f"file:{path}?mode=ro", uri=True) as connection:
        connection.row_factory = sqlite3.Row
        tables = connection.execute("select name from sqlite_master where type = 'table'")
        for (table,) in list(tables):
            for row in connection.execute(f'select * from "{table}"'):
                for column, value in dict(row).items():
                    if isinstance(value, str | bytes) and column != "content":
                        sinks[f"db {table}.{column}"].append(_text(value))
        chunks = connection.execute("select * from logchunks order by logid, first_line")
        logs: dict[int, list[str]] = defaultdict(list)
        for row in chunks:
            compressor = LogsConnectorComponent.COMPRESSION_BYID[row["compressed"]]
            read = compressor["read"] if isinstance(compressor, dict) else compressor.read
            logs[row["logid"]].append(_text(read(row["content"])))
        sinks["db logchunks.content"] = ["\n".join(chunks) for chunks in logs.values()]
    # What SQLite keeps of deleted rows and of its journal is on the disk all the same.
    for file in path.parent.glob(path.name + "*"):
        sinks["db file"].append(_text(file.read_bytes()))
    return sinks


def rest(port: int) -> Sinks:
    """Return every answer of the REST API and of the start page; blocks until it has them."""
    return {"REST": _crawl(_Client(port))}


def _crawl(client: _Client) -> list[str]:
    """Ask for everything there is and return the answers."""
    found = {name: client.collection(name) for name in _COLLECTIONS}
    for build in found["builds"]:
        found["steps"] += _of_one_build(client, f"builds/{build['buildid']}")
    for buildset in found["buildsets"]:
        for name in _OF_BUILDSET:
            client.collection(f"buildsets/{buildset['bsid']}/{name}")
    for results in found["test_result_sets"]:
        client.collection(f"test_result_sets/{results['test_result_setid']}/results")
    for step in {step["stepid"]: step for step in found["steps"]}.values():
        for log in client.collection(f"steps/{step['stepid']}/logs"):
            client.get(f"logs/{log['logid']}/contents")
            client.get(f"logs/{log['logid']}/raw_inline")
    for path in ("/", "/config"):
        client.request(path)
    return client.answers


def _of_one_build(client: _Client, path: str) -> list[dict[str, Any]]:
    """Ask for all that belongs to a build; return its steps."""
    found = {name: client.collection(f"{path}/{name}") for name in _OF_BUILD}
    for item in found["data"]:
        client.get(f"{path}/data/{item['name']}/value")
    return found["steps"]


def files(name: str, directory: Path) -> Sinks:
    """Return names and contents of all files below `directory`, its logs and databases apart."""
    texts = []
    for path in sorted(directory.rglob("*")):
        relative = str(path.relative_to(directory))
        texts.append(relative)
        if path.is_file() and not path.name.startswith(("twistd.log", "http.log", "state.sqlite")):
            texts.append(_text(path.read_bytes()))
    return {name: texts}


class _Client:
    """Asks the master and keeps every answer, headers included."""

    def __init__(self, port: int) -> None:
        self._web = MasterWeb(port)
        self.answers: list[str] = []

    def request(self, path: str) -> str:
        answer = self._web.page(path)
        self.answers.append(f"{answer.headers}\n{answer.text}")
        return answer.text

    def get(self, path: str) -> Any:
        text = self.request(f"/api/v2/{quote(path)}")
        try:
            return json.loads(text)
        except ValueError:
            return {}

    def collection(self, path: str) -> list[dict[str, Any]]:
        answer = self.get(path)
        items = answer.get(path.rsplit("/", 1)[-1], [])
        return items if isinstance(items, list) else []


def _text(value: str | bytes) -> str:
    return value if isinstance(value, str) else value.decode("utf-8", "backslashreplace")


def merged(*parts: Sinks) -> Iterator[tuple[str, list[str]]]:
    """Yield each sink once, with the texts that several collectors gave it."""
    everything: Sinks = defaultdict(list)
    for part in parts:
        for name, texts in part.items():
            everything[name] += texts
    yield from everything.items()
