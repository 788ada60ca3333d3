"""Measures every page of secrets on a real master that has much: see `world`.

Run ``python -m tests.benchmarks.pages`` at the top of the repository. A real master in a process of
its own serves the pages. Each GET of `ROUTES` is asked for by an administrator, or a program: cold,
when the master remembers nothing of what pages need, and then again and again. A line has

- the server's time in milliseconds: cold, and the median and the longest of the others;
- the processor time of the whole process in milliseconds: cold, and the median;
- for how long the reactor did nothing else, at most, in milliseconds; then without the time in
  which others had the processor, which is steadier on a machine that is busy; then the longest
  garbage collection;
- the queries and the rows that were read from databases, cold and at most of the others;
- the size of the answer, and by how much the process grew.

At the end 50 clients ask for all pages at once, while builds run.

``--freeze`` has Python's garbage collector leave alone what there is after the start, as
``docs/how-to/page.md`` says of large masters. ``--postgresql`` has the master's database and the
audit trail in PostgreSQL. ``--directory`` keeps what was written for the next run: a million events
take a minute.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from http.client import HTTPConnection
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from twisted.internet.defer import Deferred
from twisted.internet.protocol import Protocol
from twisted.internet.stdio import StandardIO
from twisted.internet.task import react

from tests.support.page_client import PageClient, over_http

_SECONDS_OF_START = 60
"""In which Buildbot looks for something to build."""

ROUNDS, CLIENTS, SECONDS = 10, 50, 15
_PASSWORD = "the password of everybody"
_ONE = {"name": "store!team/005000"}
_HOT = {"secret": "store!team/000000"}
_CASES: dict[str, list[dict[str, str]]] = {
    "": [{}, {"search": "9999"}, {"search": "team-7"}, {"search": "builder-0"}, {"search": "zz"}],
    "secret": [
        _ONE,
        {"name": "store!team/000000"},
        {**_ONE, "builder": "builder-000", "branch": "main"},
    ],
    "change": [_ONE],
    "purge": [_ONE],
    "build": [{"id": "4000"}, {"builder": "builder-100", "number": "3"}],
    "audit": [
        {},
        _HOT,
        {"secret": "team/005000"},
        {"secret": "store!nothing"},
        {"secret": "*/0077*"},
        {"builder": "builder-003"},
        {"person": "nobody"},
        {"denied": "yes"},
        {"since": "2020-01-01", "kind": "rotation"},
        {"before": "500000"},
    ],
    "builders": [
        {},
        {"only": "denied", "secret": "team/009"},
        {"only": "differences"},
        {"only": "refused"},
        {"builder": "zz"},
        {"after": "store!team/005000", "begin": "builder-250"},
    ],
    "builders.csv": [{}],
    "api/v1/secrets": [{}, {"search": "zz"}],
    "api/v1/secret": [_ONE],
    "api/v1/try": [{**_ONE, "builder": "builder-000"}],
    "api/v1/build": [{"builder": "builder-100", "number": "3"}],
    "api/v1/builds/*": [{}],
    "api/v1/builders": [{}, {"format": "csv"}],
    "api/v1/audit": [{"limit": "1000"}, {"limit": "1000", "format": "csv"}, {"person": "nobody"}],
    "api/v1/store/secrets": [{"limit": "1000"}],
    "api/v1/store/secret": [_ONE],
}
"""What is asked of some pages."""

_WITHOUT_RESULT = ("api/v1/check/", "api/v1/doctor/")
"""Not found, as nothing was inspected."""


async def serve(directory: Path, url: str) -> None:
    """Serve the pages, and print the port and a token."""
    from tests.benchmarks.pages.master import start  # noqa: PLC0415 - it starts with a keychain

    port, token = await start(directory, url, _PASSWORD)
    print(json.dumps([port, token]), flush=True)
    StandardIO(_Parent())
    await Deferred()


class _Parent(Protocol):
    """Ends the process with the one that has begun it."""

    def connectionLost(self, reason: object = None) -> None:
        os._exit(0)


class Master:
    """The master in its process; everything blocks."""

    def __init__(self, directory: Path, url: str) -> None:
        command = [sys.executable, "-m", __package__, "--serve", str(directory), url]
        self._process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        assert self._process.stdout is not None
        self.port, self.token = json.loads(self._process.stdout.readline())
        self.client = PageClient(over_http(self.port), f"http://127.0.0.1:{self.port}")
        self.client.log_in("ada", _PASSWORD)
        for _ in range(_SECONDS_OF_START):
            if not self.measured()["statements"]:
                break
            time.sleep(1)

    def measured(self) -> dict[str, Any]:
        """Return what was measured since the last time."""
        found: dict[str, Any] = json.loads(self._probe("GET", ""))
        return found

    def do(self, command: str) -> None:
        """Run a command of `master`."""
        self._probe("POST", command)

    def get(self, path: str, query: dict[str, str]) -> int:
        """Ask for a page, and return how long it is."""
        address = path.replace("*", "4000") + (f"?{urlencode(query)}" if query else "")
        is_json = path == "metrics" or (path.startswith("api/") and not path.endswith("i.json"))
        if is_json:
            reply = self.client.call_page("GET", address, self.token)
        elif path == "scripts.js":
            reply = self.client.open(address, sec_fetch_dest="script")
        else:
            reply = self.client.open(address)
        if reply.status != 200:
            raise RuntimeError(f"{address}: {reply.status}: {reply.text[-500:]}")
        return len(reply.text)

    def stop(self) -> None:
        """End the process."""
        self._process.kill()
        self._process.wait()

    def _probe(self, method: str, command: str) -> bytes:
        with closing(HTTPConnection("127.0.0.1", self.port, timeout=60)) as connection:
            connection.request(method, f"/probe/{command}")
            return connection.getresponse().read()


def cases(only: str) -> list[tuple[str, dict[str, str]]]:
    """Return all pages with what is asked of them."""
    from buildbot_keychain.web import ROUTES  # noqa: PLC0415 - this process needs no keychain

    gets = [route.path for route in ROUTES if route.method == "GET"]
    paths = [path for path in gets if not path.startswith(_WITHOUT_RESULT)]
    found = [(path, query) for path in paths for query in _CASES.get(path, [{}])]
    return [each for each in found if only in f"{each[0]}?{urlencode(each[1])}"]


def measure(master: Master, path: str, query: dict[str, str], rounds: int) -> None:
    """Print the line of a page."""
    master.measured()
    size = master.get(path, query)
    cold = master.measured()
    warm = []
    for _ in range(rounds):
        master.get(path, query)
        warm.append(master.measured())
    times = [each["seconds"][0] for each in warm]
    name = f"{path or './'}?{urlencode(query)}".rstrip("?")
    worst = {
        key: max(each[key] for each in [cold, *warm]) for key in ("gap", "busy_gap", "collection")
    }
    print(
        f"{name[:46]:46} {_ms(cold['seconds'][0])} {_ms(statistics.median(times))}"
        f" {_ms(max(times))}"
        f" |{_ms(cold['cpu'])} {_ms(statistics.median(each['cpu'] for each in warm))}"
        f" |{_ms(worst['gap'])} {_ms(worst['busy_gap'])} {_ms(worst['collection'])}"
        f" | {cold['statements']:3} {cold['rows']:6} {max(each['statements'] for each in warm):3}"
        f" {max(each['rows'] for each in warm):6} | {size / 1024:7.0f} KiB"
        f" {(warm[-1]['rss'] - cold['rss']) / 2**20:6.1f} MiB",
        flush=True,
    )


def at_once(master: Master) -> None:
    """Have many clients ask for all pages at once while builds run, and print what came of it."""
    pages = cases("")
    master.do("build")
    before = master.measured()["rss"]
    until = time.monotonic() + SECONDS

    def ask(client: int) -> int:
        count = 0
        while time.monotonic() < until:
            master.get(*pages[(client * 7 + count) % len(pages)])
            count += 1
        return count

    with ThreadPoolExecutor(CLIENTS) as clients:
        count = sum(clients.map(ask, range(CLIENTS)))
    found = master.measured()
    times, answering = sorted(found["seconds"]), sorted(found["answering"])
    print(
        f"{CLIENTS} clients at once, with builds: {count} answers in {SECONDS} s; of the server's "
        f"time, the median is{_ms(statistics.median(times))} ms, the longest{_ms(times[-1])} ms; "
        f"when it was their turn,{_ms(statistics.median(answering))} and{_ms(answering[-1])} ms; "
        f"the reactor was kept for{_ms(found['gap'])} ms, {_ms(found['busy_gap'])} with the "
        f"processor; collection{_ms(found['collection'])} ms; processor time of an answer"
        f"{_ms(found['cpu'] / count)} ms; it grew by {(found['rss'] - before) / 2**20:.1f} MiB"
    )


def _ms(seconds: float) -> str:
    return f"{seconds * 1000:7.1f}"


def main(
    directory: Path, only: str, url: str, rounds: int, *, freezes: bool, is_warm: bool
) -> None:
    """Print everything."""
    print(f"load {os.getloadavg()}", flush=True)
    master = Master(directory, url)
    if freezes:
        master.do("freeze")
    try:
        print(
            f"{'':46}    cold  median     max |   cpu: cold, median |  gap, busy, collection"
            " | queries and rows"
        )
        for path, query in cases(only):
            if not is_warm:
                master.do("forget")
            measure(master, path, query, rounds)
        if not only:
            at_once(master)
            grown = _rounds(master)
            print(f"50 rounds of all pages: it grew by {grown / 2**20:.1f} MiB")
    finally:
        master.stop()
    print(f"load {os.getloadavg()}")


def _rounds(master: Master) -> int:
    """Ask for all pages 50 times, and return by how many bytes the process grew."""
    for each in cases(""):
        master.get(*each)
    before: int = master.measured()["rss"]
    for _ in range(50):
        for each in cases(""):
            master.get(*each)
    after: int = master.measured()["rss"]
    return after - before


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--directory", type=Path)
    parser.add_argument("--only", default="", metavar="TEXT", help="pages whose address has it")
    parser.add_argument("--freeze", action="store_true")
    parser.add_argument("--warm", action="store_true", help="forget nothing in between")
    parser.add_argument("--rounds", type=int, default=ROUNDS)
    parser.add_argument("--postgresql", action="store_true")
    parser.add_argument("--serve", nargs=2, help=argparse.SUPPRESS)
    return parser.parse_args()


if __name__ == "__main__":
    arguments = _arguments()
    if arguments.serve:
        base, database = arguments.serve
        react(lambda _reactor: Deferred.fromCoroutine(serve(Path(base), database)))
    kept = arguments.directory or Path(tempfile.mkdtemp()).resolve()
    server: Any = None
    try:
        if arguments.postgresql:
            from tests.support.postgresql import PostgreSQL

            server = PostgreSQL()
            server.start()
        url = server.url if server else ""
        main(
            kept,
            arguments.only,
            url,
            arguments.rounds,
            freezes=arguments.freeze,
            is_warm=arguments.warm,
        )
    finally:
        if server is not None:
            server.stop()
        if arguments.directory is None:
            shutil.rmtree(kept)
