"""Measures every page of secrets on a real master that has much: see `world`.

Run ``python -m tests.benchmarks.pages`` at the top of the repository. A real master in a process of
its own serves the pages. Each GET of `ROUTES` is asked for by an administrator, or a program: cold,
when the master remembers nothing of what pages need, and then again and again. So are forms sent
(``--only POST``). A line has

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

from tests.benchmarks.pages.cases import cases
from tests.benchmarks.pages.costs import Costs, ms
from tests.benchmarks.pages.forms import filled, forms, put, sent
from tests.support.page_client import PageClient, over_http

_SECONDS_OF_START = 60
"""In which Buildbot looks for something to build."""

ROUNDS, CLIENTS, SECONDS = 10, 50, 15
_PASSWORD = "the password of everybody"


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
        self.client = self.log_in("ada")
        for _ in range(_SECONDS_OF_START):
            if not self.measured()["statements"]:
                break
            time.sleep(1)

    def log_in(self, person: str) -> PageClient:
        """Return the browser of a person."""
        client = PageClient(over_http(self.port), f"http://127.0.0.1:{self.port}")
        return client.log_in(person, _PASSWORD)

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
        is_json = path == "metrics" or path.startswith("api/")
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
            reply = connection.getresponse()
            if reply.status != 200:
                raise RuntimeError(f"{command}: {reply.status}")
            return reply.read()


def measure(master: Master, path: str, query: dict[str, str], rounds: int) -> None:
    """Print the line of a page."""
    costs = Costs(f"{path or './'}?{urlencode(query)}".rstrip("?"))
    master.measured()
    for _ in range(1 + rounds):
        size = master.get(path, query)
        costs.add(master.measured(), size)
    print(costs, flush=True)


def measure_forms(master: Master, rounds: int) -> None:
    """Print the lines of what is sent."""
    people = {name: master.log_in(name) for name in ("ada", "rolf")}
    costs: dict[str, Costs] = {}
    begin = time.time_ns()  # a number that no run had before
    for number in range(begin, begin + 1 + rounds):
        for form in forms(number):
            client = people[form.person]
            fields = filled(form, client)
            master.measured()
            sent(form, client, fields)
            costs.setdefault(form.title, Costs(f"POST {form.title}")).add(master.measured(), 0)
        master.measured()
        put(number, master.client, master.token)
        costs.setdefault("put", Costs("PUT api/v1/store/secret")).add(master.measured(), 0)
    print(*costs.values(), sep="\n", flush=True)


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
        f"time, the median is{ms(statistics.median(times))} ms, the longest{ms(times[-1])} ms; "
        f"when it was their turn,{ms(statistics.median(answering))} and{ms(answering[-1])} ms; "
        f"the reactor was kept for{ms(found['gap'])} ms, {ms(found['busy_gap'])} with the "
        f"processor; collection{ms(found['collection'])} ms; processor time of an answer"
        f"{ms(found['cpu'] / count)} ms; it grew by {(found['rss'] - before) / 2**20:.1f} MiB"
    )


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
        if only in "POST":
            if not is_warm:
                master.do("forget")
            measure_forms(master, rounds)
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
