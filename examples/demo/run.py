"""The demo: a real master and worker run a build; then everything is searched for its secrets.

It creates everything in a temporary directory, with random secrets, listens on the loopback
interface only, needs no network, and removes everything at the end, also after ctrl-C. The exit
status is 0 if every step got the correct values and nothing shows one, and 1 otherwise. It never
prints a value.

KEEP=1 in the environment keeps the web page running until ctrl-C.
"""

from __future__ import annotations

import base64
import hashlib
import json
import os
import re
import secrets
import shutil
import signal
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, NoReturn

import sinks
from processes import TIMEOUT, DemoError, Process, free_ports
from screen import Screen
from search import Found, Search

HERE = Path(__file__).resolve().parent
CONTROL = "robot"
"""The secret that is declared public: the search must find it where it finds no other."""

SHOWN_STEP = "a careless script"


def new_secrets() -> dict[str, str]:
    """Return new secrets by name."""
    key = base64.b64encode(secrets.token_bytes(144)).decode()
    lines = [key[start : start + 64] for start in range(0, len(key), 64)]
    return {
        "api_password": f"{secrets.token_hex(5)}'&\" ${secrets.token_hex(5)}",
        "database_password": secrets.token_urlsafe(18),
        "deploy_token": f"tok_{secrets.token_hex(14)}",
        "signing_key": "\n".join(["-----BEGIN DEMO KEY-----", *lines, "-----END DEMO KEY-----"]),
        CONTROL: f"robot-{secrets.token_hex(3)}",
    }


class Demo:
    """One run in the directory `root`."""

    def __init__(self, root: Path, screen: Screen) -> None:
        self._screen = screen
        self._secrets = new_secrets()
        self._web_port, self._worker_port = free_ports(2)
        self._secrets_directory = root / "secrets"
        self._master = Process("buildbot", root / "master")
        self._worker = Process("buildbot-worker", root / "worker")
        self._finished = threading.Event()
        self._problems: list[str] = []

    @property
    def address(self) -> str:
        """The URL of the build's web page while the master is running."""
        return f"http://127.0.0.1:{self._web_port}/#/builders/1/builds/1"

    def run(self, *, keep: bool) -> bool:
        """Run the demo; return whether every step got its secrets and nothing else did."""
        started = time.monotonic()
        self._screen.heading("buildbot-keychain", "a real master and worker build with secrets")
        try:
            with self._timed("created a master, a worker and five random secrets"):
                self._create()
            with self._timed("started both"):
                self._start()
            with self._timed("ran a build and recorded the events that its web page receives"):
                events = self._build()
            web = sinks.Web(self._web_port)
            with self._timed("requested everything from the REST API"):
                steps = web.steps()
                web.crawl()
            if not keep:
                with self._timed("stopped both"):
                    self._stop()
            self._report_steps(steps)
            self._report_log(steps)
            self._report_sinks(events, web)
            self._report_file(steps)
            self._verdict(time.monotonic() - started)
            if keep:
                self._wait_for_ctrl_c()
        finally:
            self._stop()
        return not self._problems

    # ------------------------------------------------------------------------------ the build

    def _create(self) -> None:
        self._secrets_directory.mkdir(mode=0o700)
        for name, value in self._secrets.items():
            path = self._secrets_directory / name
            path.touch(mode=0o600)
            path.write_text(value)
        worker_password = secrets.token_urlsafe()
        address = f"127.0.0.1:{self._worker_port}"
        worker = self._worker.create(
            "create-worker", str(self._worker.directory), address, "local", worker_password
        )
        master = self._master.create("create-master", str(self._master.directory))
        self._master.wait_until_created(master)
        self._worker.wait_until_created(worker)
        settings = {
            "web_port": self._web_port,
            "worker_port": self._worker_port,
            "worker_password": worker_password,
            "secrets": str(self._secrets_directory),
            "python": sys.executable,
            "check": str(HERE / "check.py"),
            "sha256": {n: hashlib.sha256(v.encode()).hexdigest() for n, v in self._secrets.items()},
        }
        (self._master.directory / "demo.json").write_text(json.dumps(settings))
        shutil.copy(HERE / "master.cfg", self._master.directory)

    def _start(self) -> None:
        self._master.start("BuildMaster is running")
        self._worker.start("worker is ready")

    def _build(self) -> sinks.Events:
        events = sinks.Events(self._web_port, self._on_event)
        sinks.Web(self._web_port).force()
        if not self._finished.wait(TIMEOUT):
            raise DemoError(f"the build did not end; the master's log:\n{self._master.log[-2000:]}")
        return events

    def _on_event(self, event: dict[str, Any]) -> None:
        if event["key"][0] == "buildsets" and event["key"][-1] == "complete":
            self._finished.set()

    def _stop(self) -> None:
        self._worker.stop()
        self._master.stop()

    def _wait_for_ctrl_c(self) -> None:
        self._screen.line(f"\nthe web page is at {self.address}")
        self._screen.line("press ctrl-C to stop master and worker and remove everything")
        with suppress(KeyboardInterrupt):
            signal.pause()

    # ----------------------------------------------------------------------------- the report

    def _report_steps(self, steps: list[tuple[dict[str, Any], str]]) -> None:
        self._screen.heading("did every step get its secret?", "compared on the worker, by SHA-256")
        rows = []
        for step, log in steps:
            name, _, source = step["name"].partition(" ")
            if name in self._secrets:
                good = step["results"] == 0 and "the value is correct" in log
                rows.append((good, (name, source, "correct value" if good else "WRONG value")))
        self._screen.table(("", "", ""), rows)
        failed = [step["name"] for step, _ in steps if step["results"] != 0]
        if failed or not rows:
            self._problems.append(f"the build failed at: {', '.join(failed) or 'its start'}")

    def _report_log(self, steps: list[tuple[dict[str, Any], str]]) -> None:
        self._screen.heading(
            "what does a log show?", f"the output of the step “{SHOWN_STEP}”, as stored"
        )
        log = "".join(log for step, log in steps if step["name"] == SHOWN_STEP)
        output = [line[1:] for line in log.splitlines() if line[:1] in {"o", "e"}]
        self._screen.quote("\n".join(output))

    def _report_sinks(self, events: sinks.Events, web: sinks.Web) -> None:
        self._screen.heading(
            "does anything else show a secret?", "places that do, even in part or encoded"
        )
        chunks, columns = sinks.database(self._master.directory / "state.sqlite")
        texts = {
            "database: log chunks, decompressed": chunks,
            "database: all other columns": columns,
            "master: twistd.log": self._master.log,
            "master: all files and its output": sinks.files(self._master.directory)
            + self._master.output.read_text(),
            "REST API: all responses": "\n".join(web.responses),
            "web page: all events": "\n".join(events.texts),
            "worker: twistd.log": self._worker.log,
            "worker: remaining files and its output": sinks.files(
                self._worker.directory, exclude="twistd.log"
            )
            + self._worker.output.read_text(),
        }
        search = Search(
            {name: value for name, value in self._secrets.items() if name != CONTROL},
            self._secrets[CONTROL],
        )
        found = {sink: search(text) for sink, text in texts.items()}
        self._screen.table(
            ("", "searched", "secrets", "labels", "control"),
            [
                (not found[sink].values, (sink, _size(text), *_counts(found[sink])))
                for sink, text in texts.items()
            ],
        )
        self._screen.note("control: a user name, used like the secrets, but declared public;")
        self._screen.note("the search finds it everywhere, so it would have found the secrets")
        for sink, each in found.items():
            self._problems += [f"{name} leaked into {sink}" for name in each.values]
            if not each.controls:
                self._problems.append(f"the search did not find the control in {sink}")

    def _report_file(self, steps: list[tuple[dict[str, Any], str]]) -> None:
        self._screen.heading("is the secret file removed?", "build/keys/signing_key on the worker")
        logs = {step["name"]: log for step, log in steps}
        match = re.search(
            r"file mode (\d+), directory mode (\d+)", logs.get("signing_key as a file", "")
        )
        modes = match.groups() if match else ("unknown", "unknown")
        private = modes == ("0600", "0700")
        left = sorted(path.name for path in self._worker.directory.rglob("*key*"))
        removed = not left and "keys was removed" in logs.get("the file afterwards", "")
        self._screen.table(
            ("", ""),
            [
                (
                    private,
                    ("while it existed", f"mode {modes[0]}, in a directory of mode {modes[1]}"),
                ),
                (
                    removed,
                    ("now", "removed with its directory" if removed else f"left: {left}"),
                ),
            ],
        )
        if not private:
            self._problems.append("other users could have read the secret file")
        if not removed:
            self._problems.append("the secret file was left behind")

    def _verdict(self, seconds: float) -> None:
        self._screen.line()
        if not self._problems:
            self._screen.verdict(
                f"every step got its secret, and nothing shows one ({seconds:.0f} s)",
                good=True,
            )
            return
        for problem in self._problems:
            self._screen.verdict(problem, good=False)
        self._screen.note("to look at the web page: make demo KEEP=1")

    @contextmanager
    def _timed(self, what: str) -> Iterator[None]:
        started = time.monotonic()
        yield
        self._screen.note(f"{time.monotonic() - started:4.1f} s  {what}")


def _size(text: str) -> str:
    return f"{-(-len(text) // 1000)} kB"


def _counts(found: Found) -> tuple[int, int, int]:
    return sum(found.values.values()), found.labels, found.controls


def _interrupt(*_: object) -> NoReturn:
    raise KeyboardInterrupt


def main() -> int:
    """Run the demo and return the exit status."""
    screen = Screen(sys.stdout)
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, _interrupt)
    try:
        with tempfile.TemporaryDirectory(prefix="keychain-demo-") as root:
            good = Demo(Path(root).resolve(), screen).run(keep=bool(os.environ.get("KEEP")))
    except DemoError as error:
        screen.verdict(str(error), good=False)
        return 1
    except KeyboardInterrupt:
        screen.line("\nstopped, and everything is removed")
        return 130
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())
