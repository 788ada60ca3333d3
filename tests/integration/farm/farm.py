"""`run_farm`: runs both masters of a farm, and looks into their database afterwards."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from buildbot_keychain.store.creation import create_store
from buildbot_keychain.store.database import Database
from buildbot_keychain.store.opening import OpenStore
from buildbot_keychain.store.ring_file import RingFile
from tests.integration.farm.settings import MASTERS, Place, Settings, to_json
from tests.integration.farm.values import is_in_store, name_of, pieces_in, pieces_of, value_of
from tests.support.postgresql import PostgreSQL
from tests.support.ram_disk import in_memory
from tests.support.real_master import write_secret

REPOSITORY = Path(__file__).resolve().parents[3]
_AT_ONCE = 500
"""Secrets that are stored in one transaction."""

_PROBLEM = re.compile(r"Traceback|Unhandled|cannot be used|\[.*#(?:error|critical)\]")


@dataclass
class Outcome:
    """What has become of a farm.

    :ivar masters: the figures of each of its masters.
    :ivar transactions: that were committed in its database while it built.
    :ivar leaked: how many secrets of the farm are in what was stored and logged.
    :ivar hidden: how many logs have the name of a secret in the place of its value.
    :ivar problems: lines of the masters' logs that tell of errors.
    """

    settings: Settings
    masters: list[dict[str, Any]] = field(default_factory=list)
    transactions: int = 0
    leaked: int = 0
    hidden: int = 0
    problems: list[str] = field(default_factory=list)


class Farm:
    """A PostgreSQL server, and a directory in memory, for farms one after another.

    :param test: a test case: what is to be undone is added to its cleanups.
    """

    def __init__(self, test: Any) -> None:
        self._directory = Path(tempfile.mkdtemp(prefix="keychain-farm-", dir=in_memory()))
        test.addCleanup(shutil.rmtree, self._directory, ignore_errors=True)
        self._server = PostgreSQL()
        test.addCleanup(self._server.stop)
        self._server.start()
        self._test = test
        self._runs = 0

    def run(self, settings: Settings, *, timeout: float = 3600) -> Outcome:
        """Run one farm from its start to its end.

        :raise RuntimeError: when a master does not start, or fails.
        """
        self._runs += 1
        base = self._directory / str(self._runs)
        base.mkdir(mode=0o700)
        url = self._server.new_database()
        store = self._server.new_database()
        _write_secrets(settings, base, store)
        _create_tables(base, url)
        places = [
            Place(
                number,
                str(base / f"master-{number}"),
                str(base / "secrets"),
                url,
                store,
                str(base / "keys" / "ring"),
                str(base / f"results-{number}"),
            )
            for number in range(MASTERS)
        ]
        processes = [self._start(settings, place) for place in places]
        for process in processes:
            _expect(process, "runs", base)
        engine = sa.create_engine(url)
        before = _committed(engine)
        for process in processes:
            process.stdin.write("begin\n")
            process.stdin.flush()
        for process in processes:
            _expect(process, "done", base)
        outcome = Outcome(settings, transactions=_committed(engine) - before)
        for process, place in zip(processes, places, strict=True):
            process.wait(timeout)
            outcome.masters.append(json.loads(Path(place.results).read_text()))
        _search(outcome, engine, base)
        engine.dispose()
        shutil.rmtree(base, ignore_errors=True)
        return outcome

    def _start(self, settings: Settings, place: Place) -> Any:
        process = subprocess.Popen(
            [sys.executable, "-m", "tests.integration.farm.master"],
            cwd=REPOSITORY,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        self._test.addCleanup(_end, process)
        assert process.stdin is not None
        process.stdin.write(f"{to_json(settings, place)}\n")
        process.stdin.flush()
        return process


def _end(process: Any) -> None:
    process.kill()
    process.wait()
    process.stdin.close()
    process.stdout.close()


def _expect(process: Any, word: str, base: Path) -> None:
    line = process.stdout.readline().strip()
    if line != word:
        tail = "".join(
            "".join(file.read_text().splitlines(keepends=True)[-40:])
            for file in base.glob("master-*/twistd.log")
        )
        raise RuntimeError(f"a master of the farm says {line!r} in place of {word!r}:\n{tail}")


def _write_secrets(settings: Settings, base: Path, store_url: str) -> None:
    """Write each secret to a file or to the encrypted store, and all to files without ours."""
    (base / "secrets").mkdir(mode=0o700)
    (base / "keys").mkdir(mode=0o700)
    teams, now = settings.teams, int(time.time())
    stored = [n for n in range(settings.secrets) if settings.library and is_in_store(n)]
    for number in set(range(settings.secrets)).difference(stored):
        write_secret(base / "secrets" / name_of(number, teams), value_of(number))
    if not settings.library:
        return
    ring = RingFile(base / "keys" / "ring")
    database = Database(store_url)
    create_store(database, ring, now=now, actor="farm")
    database.close()
    store = OpenStore(store_url, base / "keys" / "ring", actor="farm")
    for start in range(0, len(stored), _AT_ONCE):
        with store.secrets.together(now):
            for number in stored[start : start + _AT_ONCE]:
                store.secrets.set(name_of(number, teams), value_of(number), now=now)
    store.close()


def _create_tables(base: Path, url: str) -> None:
    """Create Buildbot's tables, as whoever sets up masters does once."""
    command = [str(Path(sys.executable).with_name("buildbot")), "create-master", "--quiet"]
    subprocess.run([*command, "--db", url, str(base / "created")], check=True, capture_output=True)


def _committed(engine: Any) -> int:
    """Return how many transactions were committed in a database."""
    query = "SELECT xact_commit FROM pg_stat_database WHERE datname = current_database()"
    with engine.connect() as connection:
        connection.execute(sa.text("SELECT pg_stat_clear_snapshot()"))
        return int(connection.execute(sa.text(query)).scalar())


def _search(outcome: Outcome, engine: Any, base: Path) -> None:
    """Look for secrets in all that the masters have stored and logged, and for errors."""
    secrets = pieces_of(outcome.settings)
    found: set[str] = set()
    for text in _texts(engine, base):
        found.update(secrets.intersection(pieces_in(text)))
        outcome.hidden += "<team-" in text
    outcome.leaked = len(found)
    for file in base.glob("master-*/twistd.log"):
        outcome.problems += [
            line for line in file.read_text().splitlines() if _PROBLEM.search(line)
        ]


def _texts(engine: Any, base: Path) -> Iterator[str]:
    with engine.connect() as connection:
        for query in (
            "SELECT content FROM logchunks",
            "SELECT state_string FROM steps",
            "SELECT value FROM build_properties",
        ):
            for (content,) in connection.execute(sa.text(query)):
                yield content if isinstance(content, str) else bytes(content).decode()
    for file in (*base.glob("master-*/twistd.log"), *base.glob("master-*/audit.jsonl*")):
        yield file.read_text()
