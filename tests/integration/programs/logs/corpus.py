"""Make a log with public tools, and plant secrets in it."""

from __future__ import annotations

import base64
import json
import os
import random
import subprocess
import sys
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path
from urllib.parse import quote

from tests.integration.programs.logs.holdings import Holding

GENERATOR = Path(__file__).with_name("generate.sh")
ROOT = Path(__file__).parents[4]
COMMANDS = 24
"""About so many commands print as much as they may, and the others little."""

MEGABYTE = 1_000_000
_TIMEOUT = 1800  # seconds

PLANTED: tuple[Callable[[str], str], ...] = (
    lambda value: f"password: {value}",
    lambda value: f"connecting with {value!r}",
    lambda value: json.dumps({"event": "login", "token": value}),
    lambda value: f"GET /api?token={quote(value, safe='')} HTTP/1.1",
    lambda value: f"X-Token: {base64.b64encode(value.encode()).decode()}",
)
"""Lines as builds print them. The first one is several lines for a file."""


def make(megabytes: float, *, network: bool = False) -> str:
    """Return the text (str) of a log of about so many megabytes."""
    with tempfile.TemporaryDirectory() as directory:
        done = subprocess.run(
            ["bash", str(GENERATOR)],
            cwd=directory,
            env={
                "PATH": os.environ["PATH"],
                "HOME": directory,
                "LC_ALL": "C.UTF-8",
                "LIMIT": str(int(megabytes * MEGABYTE / COMMANDS)),
                "PYTHON": sys.executable,
                "SOURCE": str(ROOT),
                "NETWORK": "1" if network else "",
                "DEBIAN_FRONTEND": "noninteractive",
            },
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            timeout=_TIMEOUT,
            check=False,
        )
    return done.stdout.decode("utf-8", "replace")


def plant(log: str, holdings: Sequence[Holding], seed: int) -> tuple[str, dict[int, str]]:
    """Return a log with each secret in it in several forms, and the planted lines' names.

    Lines are counted from 0; a file that is printed has a line for each of its own.
    """
    chosen = random.Random(seed)
    lines = log.split("\n")
    places: dict[int, list[tuple[str, str]]] = {}
    for holding in holdings:
        for form in PLANTED:
            at = chosen.randrange(len(lines))
            places.setdefault(at, []).append((holding.name, form(holding.value)))
    planted: list[str] = []
    names: dict[int, str] = {}
    for at, line in enumerate(lines):
        for name, text in places.get(at, ()):
            for one in text.split("\n"):
                names[len(planted)] = name
                planted.append(one)
        planted.append(line)
    return "\n".join(planted), names
