"""One run of the leak test: a real master and worker, a build of every channel, a search."""

from __future__ import annotations

import json
import shutil
import tempfile
from collections import defaultdict
from contextlib import suppress
from dataclasses import dataclass, field
from http import HTTPStatus
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from twisted.internet.defer import Deferred
from twisted.internet.threads import deferToThread

from tests.integration.leaks import sinks
from tests.integration.leaks.canaries import plain
from tests.integration.leaks.configuration import (
    EVERYTHING,
    WORKER_NAME,
    Settings,
    canaries,
    chosen_channels,
)
from tests.integration.leaks.listeners import MailListener, WebListener, listen_to_events
from tests.integration.leaks.search import CanarySearch, Finding
from tests.support.master_web import ControlRefused, MasterWeb
from tests.support.ram_disk import in_memory
from tests.support.real_master import write_secret
from tests.support.real_processes import MasterProcess, WorkerProcess, run

_MASTER_CFG = """\
from tests.integration.leaks.configuration import configuration
c = BuildmasterConfig = configuration({!r})
"""


_RESULTS = ("success", "warnings", "failure", "skipped", "exception", "retry", "cancelled")
_GRAVITY = ("skipped", "success", "warnings", "failure", "cancelled", "retry", "exception")


def _read(path: Path) -> str:
    return path.read_text("utf-8", "backslashreplace") if path.exists() else ""


@dataclass
class Outcome:
    """What a run showed: findings by sink, and how each channel's steps ended."""

    findings: dict[str, list[Finding]] = field(default_factory=dict)
    results: dict[str, str] = field(default_factory=dict)
    reporter_got_secret: bool = False
    logs: dict[str, str] = field(default_factory=dict, repr=False)


class LeakRun:
    """Everything of one run; `settings.variant` says which library is tested."""

    def __init__(
        self, test: Any, variant: str, only: tuple[str, ...] = (), seed: str = "seed"
    ) -> None:
        self._test = test
        self._root = Path(tempfile.mkdtemp(prefix="keychain-leaks-", dir=in_memory())).resolve()
        test.addCleanup(shutil.rmtree, self._root, ignore_errors=True)
        self._web, self._mail = WebListener(), MailListener()
        test.addCleanup(self._web.stop)
        test.addCleanup(self._mail.stop)
        for name in ("secrets", "payloads", "uploads"):
            (self._root / name).mkdir(mode=0o700)
        self.settings = Settings(
            variant=variant,
            seed=seed,
            secrets=str(self._root / "secrets"),
            payloads=str(self._root / "payloads"),
            uploads=str(self._root / "master" / "uploads"),
            repository=str(self._root / "repository"),
            http_port=self._web.port,
            smtp_port=self._mail.port,
            only=only,
        )
        self.master = MasterProcess(test, self._root / "master")
        self.worker = WorkerProcess(test, self._root / "worker")
        self._complete: set[int] = set()
        self._waiting: list[tuple[set[int], Deferred[None]]] = []
        self._rest = MasterWeb(0)

    async def outcome(self) -> Outcome:
        """Run it all and return what was found."""
        await self._make_repository()
        await self._start()
        events = await listen_to_events(self._rest.port, self._heard)
        await self._build_everything()
        gathered: list[sinks.Sinks] = [await deferToThread(sinks.rest, self._rest.port)]
        outcome = Outcome()
        outcome.results, outcome.logs = await deferToThread(self._told)
        await self.worker.stop()
        await self.master.stop()
        texts: sinks.Sinks = defaultdict(list)
        texts["events"] = ["\n".join(listener.texts) for listener in events]
        texts["HTTP reporter"] = self._web.bodies
        texts["mail"] = self._mail.mails
        texts["master's twistd.log"] = [self.master.log]
        texts["master's http.log"] = [_read(self._root / "master" / "http.log")]
        texts["master's output"] = [self.master.output]
        texts["worker's twistd.log"] = [self.worker.log]
        texts["worker's output"] = [self.worker.output]
        gathered += [texts, sinks.database(self._root / "master" / "state.sqlite")]
        gathered.append(sinks.files("files of the master", self._root / "master"))
        gathered.append(sinks.files("files of the worker", self._root / "worker"))
        outcome.findings = await deferToThread(self._search, gathered)
        token = plain("reporter password", self.settings.seed).value
        outcome.reporter_got_secret = token in self._web.passwords
        return outcome

    async def _start(self) -> None:
        for canary in canaries(self.settings):
            write_secret(Path(self.settings.secrets) / canary.secret_name, canary.value + "\n")
        settings = self._root / "settings.json"
        self._places = Path(f"{settings}.places")
        self.settings.save(settings)
        await self.master.create(_MASTER_CFG.format(str(settings)))
        await self.master.start()
        self._rest = MasterWeb(await self.master.port_of("Site"))
        password = plain("worker password", self.settings.seed).value
        await self.worker.create(
            await self.master.port_of("PBServerFactory"), WORKER_NAME, password
        )
        await self.worker.start()

    async def _make_repository(self) -> None:
        repository = self.settings.repository
        git = shutil.which("git") or "git"
        identity = ["-c", "user.name=Test", "-c", "user.email=test@example.org"]
        await run([git, "init", "--quiet", "--initial-branch=main", repository])
        commit = [git, "-C", repository, *identity, "commit", "--quiet", "--allow-empty"]
        await run([*commit, "--message=first"])

    async def _build_everything(self) -> None:
        first = await self._control(f"forceschedulers/{EVERYTHING}", "force", {"reason": "test"})
        await self._built(first)
        by_builder = await deferToThread(self._builds)
        later = []
        if rebuilt := by_builder.get("property of a rebuilt build"):
            later.append(await self._control(f"builds/{rebuilt['buildid']}", "rebuild", {}))
        if first_build := next(iter(by_builder.values()), None):
            later += await self._paste(first_build)
        for bsid in later:
            await self._built(bsid)

    async def _paste(self, build: dict[str, Any]) -> list[int]:
        """Send the master a secret that it knows by now, as people do by mistake.

        Return the numbers of the buildsets that come of it.
        """
        value = chosen_channels(self.settings)[0].canary(self.settings.seed).pieces[0]
        params = {"reason": f"try {value}", "builderid": build["builderid"]}
        forced = await self._control(f"forceschedulers/{EVERYTHING}", "force", params)
        reason = {"reason": f"no more {value}"}
        for path, method in (
            (f"builds/{build['buildid']}", "stop"),
            (f"buildrequests/{build['buildrequestid']}", "cancel"),
            (f"builders/{build['builderid']}", "stop"),
            (f"workers/{WORKER_NAME}", "pause"),
            (f"workers/{WORKER_NAME}", "unpause"),
        ):
            with suppress(ControlRefused):  # the oldest Buildbot cannot do all of these
                await deferToThread(self._rest.control, path, method, reason)
        await deferToThread(self._send_change, value)
        return [forced]

    def _send_change(self, value: str) -> None:
        """Send a change to a web hook, with a secret wherever one can be."""
        fields = ("author", "comments", "revlink", "repository")
        change = {field: f"{field} {value}" for field in fields} | {
            "revision": "abcdef",
            "files": json.dumps([f"file {value}"]),
            "properties": json.dumps({"property": value}),
        }
        headers = {
            "Content-Type": "application/x-www-form-urlencoded",
            "Referer": f"http://host/{value}",
            "User-Agent": f"agent {value}",
        }
        hook = f"/change_hook/base?token={value}"
        answer = self._rest.post(hook, urlencode(change), headers)
        if answer.status != HTTPStatus.OK:
            raise RuntimeError(f"the web hook answered {answer.status}")

    async def _control(self, path: str, method: str, params: dict[str, Any]) -> int:
        """Ask the master for builds, as the web page does; return the number of the buildset."""
        result = await deferToThread(self._rest.control, path, method, params)
        return result[0]

    def _heard(self, event: dict[str, Any]) -> None:
        key = event["key"]
        if key[0] == "buildsets" and key[-1] == "complete":
            self._complete.add(event["message"]["bsid"])
            for wanted, done in list(self._waiting):
                if wanted <= self._complete and not done.called:
                    done.callback(None)

    async def _built(self, bsid: int) -> None:
        if bsid not in self._complete:
            done: Deferred[None] = Deferred()
            self._waiting.append(({bsid}, done))
            await done

    def _builds(self) -> dict[str, dict[str, Any]]:
        """Return the first build of each builder, by the builder's name."""
        names = {each["builderid"]: each["name"] for each in self._rest.items("builders")}
        builds: dict[str, dict[str, Any]] = {}
        for build in self._rest.items("builds?order=buildid"):
            builds.setdefault(names[build["builderid"]], build)
        return builds

    def _steps(self) -> dict[str, list[dict[str, Any]]]:
        """Return the steps of each channel."""
        builds = self._builds()
        by_builder: dict[str, list[dict[str, Any]]] = {}
        steps = {}
        for channel, (builder, first, count) in json.loads(self._places.read_text()).items():
            if builder not in by_builder and builder in builds:
                path = f"builds/{builds[builder]['buildid']}/steps?order=number"
                by_builder[builder] = self._rest.items(path)
            # Before the steps of its factory a build has one that waits for its worker.
            before = len(by_builder.get(builder, [])) and int(
                by_builder[builder][0]["name"] == "worker_preparation"
            )
            found = by_builder.get(builder, [])
            steps[channel] = found[before + first : before + first + count]
        return steps

    def _told(self) -> tuple[dict[str, str], dict[str, str]]:
        """Return the result of each channel and all of its logs, joined."""
        results, logs = {}, {}
        for channel, steps in self._steps().items():
            ended = [_RESULTS[step["results"]] for step in steps if step["results"] is not None]
            results[channel] = max(ended, key=_GRAVITY.index, default="not run")
            texts = []
            for step in steps:
                for log in self._rest.items(f"steps/{step['stepid']}/logs"):
                    (content,) = self._rest.items(f"logs/{log['logid']}/contents")
                    texts.append(content["content"])
            logs[channel] = "\n".join(texts)
        return results, logs

    def _search(self, gathered: list[sinks.Sinks]) -> dict[str, list[Finding]]:
        search = CanarySearch(canaries(self.settings))
        found = {}
        for name, texts in sinks.merged(*gathered):
            found[name] = search.search("\n\n".join(dict.fromkeys(texts)))
        return found
