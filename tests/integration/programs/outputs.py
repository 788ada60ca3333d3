"""Run the scripts of `printers/` and take apart what they print.

A script calls each of its methods with every secret, and prints a line with RS, the method's name,
US and the kind of secret before each. So a program, or a shell for it, starts once for all.
"""

from __future__ import annotations

import http.server
import os
import re
import shlex
import shutil
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import quote

from tests.integration.programs.kinds import KINDS
from tests.support.postgresql import PostgreSQL

PRINTERS = Path(__file__).parent / "printers"
_SHARED = ("prelude", "shell")
_STARTED_WITH = {
    ".py": [sys.executable, "-IB"],
    ".js": ["node"],
    ".pl": ["perl"],
    ".rb": ["ruby"],
    ".php": ["php"],
    ".java": ["java", "-XX:TieredStopAtLevel=1", "-Dfile.encoding=UTF-8"],
    ".tcl": ["tclsh"],
}
_SHELLS = {"bash": ["bash"], "zsh": ["zsh"], "mksh": ["mksh"], "busybox": ["busybox", "sh"]}
_NEEDS = {
    "coreutils": ("cat", "fold"),
    "env": ("env", "printenv", "envsubst"),
    "make": ("make", "bash"),
    "zip": ("zip", "unzip"),
    "python": (sys.executable,),
    "pytest": (sys.executable,),
}
_MARK = re.compile(rb"\n?\x1e(\w+)\x1f(\w+)\n")
_TIMEOUT = 600  # seconds


@dataclass(frozen=True)
class Output:
    """What a program printed of a secret by one of the methods of its script."""

    program: str
    method: str
    kind: str
    data: bytes = field(repr=False)


def programs() -> list[str]:
    """Return the names of all scripts; each is called after the program that it shows."""
    return sorted(path.stem for path in PRINTERS.iterdir() if path.stem not in _SHARED)


def missing(program: str) -> list[str]:
    """Return what is not installed of that a script needs."""
    return [name for name in _NEEDS.get(program, (program,)) if shutil.which(name) is None]


def outputs(program: str) -> list[Output]:
    """Run a script (str, its name) with all secrets and return its outputs.

    Raises `SkipTest` if there is no PostgreSQL server for ``psql``.
    """
    (script,) = PRINTERS.glob(f"{program}.*")
    command = _STARTED_WITH.get(script.suffix) or _SHELLS.get(program, ["dash"])
    database: AbstractContextManager[dict[str, str]] = nullcontext({})
    if program == "psql":
        database = _postgresql()
    with tempfile.TemporaryDirectory() as directory, _server() as server, database as more:
        folder = Path(directory)
        secrets, escaped, home = folder / "secrets", folder / "escaped", folder / "home"
        for path in (secrets, escaped, home):
            path.mkdir()
        for kind in KINDS:
            (secrets / kind.name).write_text(kind.content, encoding="utf-8")
            (escaped / f"{kind.name}.url").write_text(quote(kind.value, safe=""), encoding="utf-8")
            (escaped / f"{kind.name}.shell").write_text(shlex.quote(kind.value), encoding="utf-8")
        done = subprocess.run(
            [*command, str(script)],
            cwd=home,
            env={
                "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}",
                "LC_ALL": "C.UTF-8",
                "HOME": str(home),
                "TMPDIR": str(home),
                "SECRETS": str(secrets),
                "ESCAPED": str(escaped),
                "PRINTERS": str(PRINTERS),
                "SERVER": server,
                **more,
            },
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            timeout=_TIMEOUT,
            check=False,
        )
    parts = _MARK.split(done.stdout)
    return [
        Output(program, method.decode(), kind.decode(), data)
        for method, kind, data in zip(parts[1::3], parts[2::3], parts[3::3], strict=True)
    ]


class _Handler(http.server.BaseHTTPRequestHandler):
    """Answers everything with a line; asks for a password below ``/private``."""

    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        size = int(self.headers.get("Content-Length") or 0)
        self.rfile.read(size)
        refused = self.path.startswith("/private") and "Authorization" not in self.headers
        self.send_response(401 if refused else 200)
        if refused:
            self.send_header("WWW-Authenticate", 'Basic realm="x"')
        self.send_header("Content-Length", "3")
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(b"ok\n")

    do_HEAD = do_POST = do_PUT = do_GET

    def log_message(self, *_args: Any) -> None:
        """Stay silent: the lines would hold secrets."""


@contextmanager
def _server() -> Iterator[str]:
    """Run a server for HTTP on a free port of this machine, and yield its address."""
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), _Handler) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}"
        finally:
            server.shutdown()
            thread.join()


@contextmanager
def _postgresql() -> Iterator[dict[str, str]]:
    """Run a PostgreSQL server, and yield the variables with which ``psql`` finds it."""
    database = PostgreSQL()
    try:
        database.start()
        yield {"PGHOST": str(database.directory), "PGUSER": "keychain", "PGDATABASE": "buildbot"}
    finally:
        database.stop()
