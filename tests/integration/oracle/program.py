"""A program in a build: it prints guesses, and reads in its own log what became of them.

    python -m tests.integration.oracle.program SETTINGS

It knows what everybody knows: what stands around a secret, and which characters it has. Beside its
attacks it prints the texts of a file. What it has printed and what it has learned, it leaves in
files.

A line is taken for one that a worker cut if its end stands 4,095 characters after the start of a
line that arrived together with it. Of lines of 7, 15, 31, 63 or 127 characters all do that arrive
behind others that take 4,096 characters.
"""

from __future__ import annotations

import json
import re
import socket
import sys
from collections.abc import Generator, Iterator
from contextlib import suppress
from dataclasses import asdict, dataclass, replace
from http.client import HTTPConnection
from pathlib import Path
from typing import Any, TextIO

from tests.support.oracle.attacks import forwards, together, unknown_beginnings
from tests.support.oracle.guesses import in_hex, in_json
from tests.support.oracle.targets import BASE64, Target

WINDOW = 4096
LENGTHS = (8, 16, 32, 64, 128, 256)
"""How long a line may be, with its end."""

FLUSH = 3900
"""Short lines that make a worker send what it has."""

OF_A_LINE = 16
"""Bytes that a worker counts for a line beside its text."""

TOGETHER = 40_000
"""Bytes that arrive together when they are printed at once, as a worker counts them."""

ATTEMPTS = 3
"""How often a guess that led nowhere is printed, should some not have arrived together."""

_LABEL = re.compile("<[^<>]+>")


@dataclass(frozen=True)
class Settings:
    """What the build tells the program; paths are of files that nobody else looks at."""

    port: int
    step: str
    megabytes: float
    targets: list[dict[str, Any]]
    texts: str
    printed: str
    learned: str


def known_of(target: Target) -> dict[str, Any]:
    """Return what everybody knows of a target."""
    return asdict(replace(target, secret="?" * len(target.secret)))


class Spent(Exception):
    """The program has printed as much as it may."""


class Console:
    """Prints, remembers what it printed, and ends the program when that is enough."""

    def __init__(self, copy: TextIO, most: float) -> None:
        self._copy = copy
        self._left = most

    def print(self, lines: list[str]) -> None:
        text = "".join(f"{line}\n" for line in lines)
        self._left -= len(text.encode())
        if self._left < 0:
            raise Spent
        self._copy.write(text)
        self._copy.flush()
        sys.stdout.write(text)
        sys.stdout.flush()


class OwnLog:
    """The log of this program's step, over the REST API; the event stream says when to look."""

    def __init__(self, settings: Settings) -> None:
        self._port = settings.port
        (build,) = self._get("builds?complete=false")["builds"]
        self._path = f"builds/{build['buildid']}/steps/{settings.step}/logs/stdio/contents"
        self._events = self._listen()
        self._read = 0
        self._lines: list[str] = []

    def until(self, marker: str) -> list[str]:
        """Return the lines of standard output before one, from where the last call ended."""
        while marker not in self._lines:
            self._take()
            if marker not in self._lines:
                next(self._events)
        at = self._lines.index(marker)
        found, self._lines = self._lines[:at], self._lines[at + 1 :]
        return found

    def _take(self) -> None:
        answer = self._get(f"{self._path}?offset={self._read}&limit=1000000")
        (chunk,) = answer["logchunks"]
        lines = chunk["content"].split("\n")[:-1]
        self._read += len(lines)
        self._lines += [line[1:] for line in lines if line[0] == "o"]

    def _get(self, path: str) -> Any:
        connection = HTTPConnection("127.0.0.1", self._port, timeout=30)
        connection.request("GET", f"/api/v2/{path}")
        answer = json.loads(connection.getresponse().read())
        connection.close()
        return answer

    def _listen(self) -> Iterator[None]:
        """Subscribe to what is appended to any log; yield at each event."""
        connection = socket.create_connection(("127.0.0.1", self._port))
        # HTTP/1.0, for a stream that is not in chunks.
        request = "GET /sse/listen/logs/*/append HTTP/1.0\r\nHost: localhost\r\n\r\n"
        connection.sendall(request.encode())
        lines = connection.makefile(encoding="utf-8")
        for line in lines:
            if line.startswith("event: handshake"):
                break
        return (None for line in lines if line.startswith("data: {"))


class Program:
    """Attacks until it has printed enough."""

    def __init__(self, settings: Settings, console: Console) -> None:
        self._console = console
        self._log = OwnLog(settings)
        self._rounds = 0
        self.confirmed: set[str] = set()
        """Pieces that had an effect."""

    def attack(self, targets: list[Target]) -> None:
        """Attack what begins with something unknown, and then all others at once."""
        self._run(together([unknown_beginnings(BASE64, 48, in_hex, least=4)]))
        known = [target for target in targets if len(target.before) >= 4]
        self._run(together([forwards(target, in_json, least=4) for target in known]))

    def _run(self, attack: Generator[list[str], list[bool], Any]) -> None:
        with suppress(StopIteration):
            pieces = next(attack)
            while True:
                pieces = attack.send(self._ask(pieces))

    def print_all(self, texts: list[str]) -> None:
        """Print texts again and again."""
        while texts:
            self._console.print(texts)

    def _ask(self, pieces: list[str]) -> list[bool]:
        had: set[str] = set()
        again = pieces
        for _ in range(ATTEMPTS):
            had |= self._publish(again)
            went_on = {piece[:-2] for piece in had}
            again = [piece for piece in again if piece[:-2] not in went_on][::-1]
        self.confirmed |= had
        return [piece in had for piece in pieces]

    def _publish(self, pieces: list[str]) -> set[str]:
        """Print pieces, each at the end of a line that looks cut; return those that were hidden."""
        had: set[str] = set()
        if pieces:
            longest = max(map(len, pieces))
            length = next(length for length in LENGTHS if length > longest + 1)
            count = TOGETHER // (length + OF_A_LINE) - WINDOW // length
            for at in range(0, len(pieces), count):
                had |= self._publish_together(pieces[at : at + count], length)
        return had

    def _publish_together(self, pieces: list[str], length: int) -> set[str]:
        self._rounds += 1
        marker = f"end of round {self._rounds}"
        before = ["." * (length - 1)] * (WINDOW // length)
        lines = [piece.rjust(length - 1, ".") for piece in pieces]
        self._console.print([*before, *lines, marker, *["."] * FLUSH])
        seen = [line for line in self._log.until(marker) if len(line) > 1]
        return {
            piece
            for piece, line in zip(pieces, seen[len(before) :], strict=True)
            if set(_LABEL.sub("", line)) <= {"."}
        }


def main(path: str) -> None:
    settings = Settings(**json.loads(Path(path).read_text()))
    targets = [Target(**each) for each in settings.targets]
    texts = Path(settings.texts).read_text().splitlines()
    with Path(settings.printed).open("w") as copy:
        program = Program(settings, Console(copy, settings.megabytes * 1e6))
        with suppress(Spent):
            program.attack(targets)
            program.print_all(texts)
    Path(settings.learned).write_text(json.dumps(sorted(program.confirmed)))


if __name__ == "__main__":
    main(sys.argv[1])
