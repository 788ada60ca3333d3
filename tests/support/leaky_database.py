"""A Buildbot database of any size with leaked secrets in it, and a search for them.

Rows are written with Buildbot's own tables and compressions, many at once, and look like those of
a master that runs steps. The search knows nothing of redaction: it reads every text and blob of
every table, decompresses logs, and looks for the values as they are.
"""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import sqlalchemy as sa
from buildbot.db.model import Model

from tests.support.log_compressions import COMPRESSIONS

TOKEN = 'tk-7Qz"9\\/Wm+x4=='
"""A value that JSON, URLs and base64 spell differently."""

KEY = "pin 1\n4tGy8-Jk2-Lp0-Zr5\ngo\n9sVb3-Xc7-Nm1-Qw6\nx9"
"""A value of several lines, some of them too short to be hidden on their own."""

SECRETS = {"deploy/token": TOKEN, "signing-key": KEY}

LEAKS = (
    TOKEN,
    base64.b64encode(TOKEN.encode()).decode(),
    json.dumps(TOKEN)[1:-1],
    *KEY.split("\n"),
)
"""What must not be found; the lines of the key that are not in `LONG` may be."""

LONG = tuple(leak for leak in LEAKS if len(leak) >= 8)

LINES = 60
"""Lines of each log."""

Insert = tuple[sa.Table, list[dict[str, Any]]]


def create(engine: sa.engine.Engine) -> None:
    """Create Buildbot's tables."""
    Model.metadata.create_all(engine)


def fill(engine: sa.engine.Engine, builds: int, batch: int = 500) -> None:
    """Add builds 1 to `builds` of one builder, each with steps, logs, properties and more."""
    with engine.begin() as connection:
        for table, rows in _shared_rows():
            connection.execute(table.insert(), rows)
    for first in range(1, builds + 1, batch):
        with engine.begin() as connection:
            tables: dict[sa.Table, list[dict[str, Any]]] = {}
            for number in range(first, min(first + batch, builds + 1)):
                for table, rows in _build(number):
                    tables.setdefault(table, []).extend(rows)
            for table, rows in tables.items():
                connection.execute(table.insert(), rows)


def search(engine: sa.engine.Engine, leaks: Iterable[str] = LONG) -> list[str]:
    """Return the columns that hold one of `leaks`, once for each."""
    wanted = [leak.encode() for leak in leaks]
    found = []
    for table, row in rows_of(engine):
        for column, value in row.items():
            if isinstance(value, (str, bytes)):
                data = value.encode("utf-8", "surrogateescape") if isinstance(value, str) else value
                if table == "logchunks":
                    kind = COMPRESSIONS[row["compressed"]]
                    data = b"\n".join(line[1:] for line in kind.unpack(data).split(b"\n"))
                if table == "patches" and column == "patch_base64":
                    data += base64.b64decode(data)
                found += [f"{table}.{column}" for leak in wanted if leak in data]
    return found


def rows_of(engine: sa.engine.Engine) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield every row of every table, with bytes as `bytes`."""
    metadata = sa.MetaData()
    metadata.reflect(engine)
    with engine.connect() as connection:
        for _, table in sorted(metadata.tables.items()):
            for row in connection.execute(sa.select(table)).mappings():
                yield table.name, {key: _plain(value) for key, value in row.items()}


def table(engine: sa.engine.Engine, name: str) -> list[dict[str, Any]]:
    """Return the rows of one table."""
    return [row for owner, row in rows_of(engine) if owner == name]


def digest(engine: sa.engine.Engine) -> str:
    """Return a digest of the whole content that does not depend on the order of the rows."""
    rows = sorted(repr((table, sorted(row.items()))) for table, row in rows_of(engine))
    return hashlib.sha256("\n".join(rows).encode("utf-8", "surrogateescape")).hexdigest()


def layout(engine: sa.engine.Engine) -> list[tuple[int, int, int, int]]:
    """Return the log, first line, last line and actual number of lines of every chunk."""
    found = []
    for table, row in rows_of(engine):
        if table == "logchunks":
            kind = COMPRESSIONS[row["compressed"]]
            lines = kind.unpack(row["content"]).count(b"\n") + 1
            found.append((row["logid"], row["first_line"], row["last_line"], lines))
    return sorted(found)


def _plain(value: object) -> object:
    return bytes(value) if isinstance(value, memoryview) else value


def hash_of(*values: object) -> str:
    """Return the digest that Buildbot uses in unique indexes."""
    parts = (b"\xf5" if value is None else str(value).encode() for value in values)
    return hashlib.sha1(b"\0".join(parts)).hexdigest()


def stamp(number: int, repository: str) -> dict[str, Any]:
    """Return the row of a source stamp."""
    values: Mapping[str, Any] = {"branch": None, "revision": f"r{number}", "repository": repository}
    content = (None, f"r{number}", repository, "", "", None)
    return {**values, "id": number, "created_at": 1, "ss_hash": hash_of(*content)}


def _shared_rows() -> list[Insert]:
    m = Model
    change = {
        "author": "a <a@example.org>", "comments": f"use {TOKEN} for now", "revision": "r1",
        "when_timestamp": 1, "sourcestampid": 1, "changeid": 1,
    }  # fmt: skip
    patch = base64.b64encode(f"+password = {TOKEN}\n".encode()).decode()
    return [
        (m.masters, [{
            "id": 1, "name": "m", "name_hash": hash_of("m"), "active": 0, "last_active": 0,
        }]),
        (m.builders, [{"id": 1, "name": "runtests", "name_hash": hash_of("runtests")}]),
        (m.workers, [{"id": 1, "name": "w", "info": {"environ": {"T": TOKEN}}}]),
        (m.sourcestamps, [stamp(1, f"https://git:{TOKEN}@example.org/r")]),
        (m.sourcestamps, [stamp(2, "https://example.org/r")]),
        (m.changes, [change]),
        (m.change_properties, [_setting({"changeid": 1}, "k", [TOKEN, "Change"])]),
        (m.objects, [{"id": 1, "name": "poller", "class_name": "P"}]),
        (m.object_state, [{"objectid": 1, "name": "last", "value_json": json.dumps({"t": TOKEN})}]),
        (m.patches, [{
            "id": 1, "patchlevel": 1, "patch_base64": patch, "patch_author": "a",
            "patch_comment": TOKEN,
        }]),
        (m.test_names, [{"id": 1, "builderid": 1, "name": f"test[{TOKEN}]"}]),
        (m.test_code_paths, [{"id": 1, "builderid": 1, "path": f"/t/{TOKEN}.py"}]),
    ]  # fmt: skip


def _setting(owner: dict[str, int], name: str, value: object) -> dict[str, Any]:
    return {**owner, "property_name": name, "property_value": json.dumps(value)}


def _build(number: int) -> Iterator[Insert]:
    m = Model
    leaky = number % 5 == 0
    secret = TOKEN if leaky else "nothing"
    encoded = base64.b64encode(secret.encode()).decode()
    yield m.buildsets, [{"id": number, "submitted_at": 1, "reason": f"rebuild with {secret}"}]
    yield (
        m.buildset_properties,
        [
            _setting({"buildsetid": number}, "owner", ["me", "Scheduler"]),
            _setting({"buildsetid": number}, "token", [secret, "Force Build Form"]),
        ],
    )
    yield m.buildrequests, [{"id": number, "buildsetid": number, "builderid": 1, "submitted_at": 1}]
    yield m.builds, [{
        "id": number, "number": number, "builderid": 1, "buildrequestid": number, "masterid": 1,
        "workerid": 1, "started_at": 1, "locks_duration_s": 0, "results": 0,
        "state_string": f"deployed with {secret}" if leaky else "finished",
    }]  # fmt: skip
    yield m.build_properties, [
        {"buildid": number, "name": name, "value": json.dumps(value), "source": "Build"}
        for name, value in (
            ("buildername", "runtests"), ("buildnumber", number), ("revision", f"r{number}"),
            ("workername", "w"), ("command", {"argv": ["curl", "-u", f"u:{secret}"]}),
        )
    ]  # fmt: skip
    data = b"\x00\xff" + json.dumps({"t": secret}).encode()
    yield m.build_data, [{
        "id": number, "buildid": number, "name": "coverage", "value": data, "length": len(data),
        "source": "s",
    }]  # fmt: skip
    for step in (0, 1, 2):
        stepid = number * 3 + step
        url = {"name": "report", "url": f"https://example.org/{number}?t={encoded}"}
        yield m.steps, [{
            "id": stepid, "number": step, "name": f"step{step}", "buildid": number,
            "state_string": "'make all'", "urls_json": json.dumps([url] if step == 1 else []),
        }]  # fmt: skip
        yield m.logs, [{
            "id": stepid, "name": "stdio", "slug": "stdio", "stepid": stepid, "complete": 1,
            "num_lines": LINES, "type": "s",
        }]  # fmt: skip
        yield m.logchunks, list(_chunks(stepid, secret, step, leaky=leaky))
    yield m.test_result_sets, [{
        "id": number, "builderid": 1, "buildid": number, "stepid": number * 3, "category": "pass",
        "value_unit": "message", "complete": 1,
    }]  # fmt: skip
    yield m.test_results, [{
        "builderid": 1, "test_result_setid": number, "test_nameid": 1, "test_code_pathid": 1,
        "value": f"assert {secret!r}" if leaky else "ok",
    }]  # fmt: skip


def _chunks(logid: int, secret: str, step: int, *, leaky: bool) -> Iterator[dict[str, Any]]:
    """Yield a log of two chunks; the key spans them, mixed with lines of another channel."""
    lines = [f"ogcc -O2 -c -o build/file{logid}_{n}.o src/file{n}.c" for n in range(LINES)]
    lines[0] = "hmake -j2 all"
    if leaky and step == 0:
        lines[7] = f"o+ curl -u u:{secret} https://example.org"
        middle = LINES // 2
        lines[middle - 3 : middle + 4] = (
            [f"o{line}" for line in KEY.split("\n")[:2]]
            + ["ewarning: noise"]
            + [f"o{line}" for line in KEY.split("\n")[2:]]
            + ["eend"]
        )
    if leaky and step == 2:
        lines[-1] = f"h    TOKEN={secret}"
    number = tuple(COMPRESSIONS)[logid // 3 % len(COMPRESSIONS)]
    kind = COMPRESSIONS[number]
    for first in (0, LINES // 2):
        part = "\n".join(lines[first : first + LINES // 2]).encode()
        yield {
            "logid": logid, "first_line": first, "last_line": first + LINES // 2 - 1,
            "content": kind.pack(part), "compressed": number,
        }  # fmt: skip
