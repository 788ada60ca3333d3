"""`Farm`: builds on many workers, through an outage of the server that has their secrets.

Builds are requested at an even rate for a while before the outage, and all through it. The server
is killed, and started again. The token with which the master logged in does not live as long as
that. In a run with a short outage, every wait is shorter in proportion.
"""

from __future__ import annotations

import re
import time
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from buildbot.config.builder import BuilderConfig
from buildbot.plugins import steps
from buildbot.plugins import worker as workers
from buildbot.process.buildstep import BuildStep
from buildbot.process.results import FAILURE, RETRY, SUCCESS, Results
from buildbot_worker.bot import Worker
from twisted.internet import reactor
from twisted.internet.defer import Deferred, maybeDeferred
from twisted.internet.task import deferLater
from twisted.internet.threads import deferToThread

from buildbot_keychain.buildbot import MasterKeychain
from buildbot_keychain.buildbot.outages import DEFAULT_LIMIT, _retries, _waiting
from buildbot_keychain.plugins import secrets, util
from tests.support.openbao import engines, logins
from tests.support.openbao.server import OpenBao
from tests.support.real_master import WORKER_PASSWORD, RealMaster

FULL_OUTAGE = 150.0
"""Seconds from which everything waits as it does by default; each build is retried by then."""

VALUE = "s3cr3t-of-the-farm"
BUILDERS = 8


@dataclass
class Outcome:
    """What became of the builds.

    :ivar results: of the requests, by name: how many.
    :ivar builds: of their builds, those that were retried too.
    :ivar most_retries: of one request.
    :ivar longest_wait: seconds of a step, as its state said.
    :ivar quarantines: how often a worker was put into quarantine.
    :ivar at_end: requests that were not complete when the outage was over.
    :ivar recovery: seconds from then until all were.
    :ivar recovery_cpu: seconds of CPU that this process, master and workers, took in that time.
    :ivar states: of builds that were neither green nor retried.
    """

    results: Counter[str] = field(default_factory=Counter)
    builds: Counter[str] = field(default_factory=Counter)
    most_retries: int = 0
    longest_wait: int = 0
    quarantines: int = 0
    at_end: int = 0
    recovery: float = 0.0
    recovery_cpu: float = 0.0
    states: Counter[str] = field(default_factory=Counter)


class Farm:
    """One run.

    :param test: a test case: what is to be undone is added to its cleanups.
    :param builds: how many are requested.
    :param outage: seconds.
    :param directory: an empty one.
    :param protocol: of the workers.
    """

    def __init__(
        self, test: Any, directory: Path, *, builds: int, workers: int, outage: float, protocol: str
    ) -> None:
        self._test = test
        self._builds = builds
        self._outage = outage
        self._pace = min(1.0, outage / FULL_OUTAGE)
        self._names = [f"w{number}" for number in range(workers)]
        self._directory = directory
        self._server = OpenBao(durable=True)
        test.addCleanup(self._server.stop)
        self._protocol = protocol
        self._complete: dict[int, int] = {}
        self._retries: Counter[int] = Counter()
        self._retried: Deferred[None] = Deferred()
        self._all_complete: Deferred[None] = Deferred()
        self.outcome = Outcome()

    async def run(self) -> Outcome:
        """Build everything, and return what became of it."""
        await deferToThread(self._start_server)
        await self._start_master()
        before = self._outage / 10
        requesting = Deferred.fromCoroutine(self._request(before + self._outage))
        await _pass(before)
        await deferToThread(self._server.kill)
        await _pass(self._outage)
        await self._retried  # at once, unless the machine is very busy
        await deferToThread(self._server.start)
        over, used = time.monotonic(), time.process_time()
        await requesting
        self.outcome.at_end = self._builds - len(self._complete)
        await self._all_complete
        self.outcome.recovery = time.monotonic() - over
        self.outcome.recovery_cpu = time.process_time() - used
        self.outcome.results.update(Results[result] for result in self._complete.values())
        self.outcome.most_retries = max(self._retries.values(), default=0)
        return self.outcome

    # ----------------------------------------------------------------------------------- set-up

    def _start_server(self) -> None:
        server = self._server
        server.start()
        engines.enable_kv(server.root)
        engines.write_kv(server.root, "ci/db", value=VALUE)
        logins.write_policy(server.root, "ci", ("secret/data/*", ["read"]))
        logins.enable_auth(server.root, "approle")
        seconds = f"{max(2, int(self._outage / 2))}s"
        self._login = logins.approle(
            server.root, "farm", "ci", token_ttl=seconds, token_max_ttl=seconds
        )

    def _configuration(self) -> dict[str, Any]:
        vault = secrets.SecretInVault(
            self._server.address,
            authenticator=secrets.VaultAuthenticatorApprole(*self._login),
            name="vault",
            timeout=5,
        )
        manager = secrets.SecretManager(providers=[vault], outage=DEFAULT_LIMIT * self._pace)
        made = (
            [workers.LocalWorker(name, missing_timeout=0) for name in self._names]
            if self._protocol == "null"
            else [workers.Worker(name, WORKER_PASSWORD, missing_timeout=0) for name in self._names]
        )
        return {
            "secretsProviders": [manager],
            "collapseRequests": False,
            "workers": made,
            "builders": [
                BuilderConfig(f"b{number}", workernames=self._names, factory=_factory(number))
                for number in range(BUILDERS)
            ],
        }

    async def _start_master(self) -> None:
        patched = {
            _waiting: {"PAUSES": tuple(self._pace * pause for pause in _waiting.PAUSES)},
            _retries: {
                name: self._pace * getattr(_retries, name)
                for name in ("FIRST_PAUSE", "LONGEST_PAUSE")
            },
        }
        for module, values in patched.items():
            for name, value in values.items():
                self._test.addCleanup(setattr, module, name, getattr(module, name))
                setattr(module, name, value)
        basedir = self._directory / "master"
        basedir.mkdir()
        self._master = RealMaster(basedir, self._configuration(), self._protocol)
        self._test.addCleanup(lambda: Deferred.fromCoroutine(self._master.stop()))
        await self._master.start()
        await self._attach_workers()
        consume = self._master.master.mq.startConsuming
        await consume(self._note_build, ("builds", None, "finished"))
        await consume(self._note_step, ("steps", None, "updated"))
        await consume(self._note_buildset, ("buildsets", None, "complete"))

    async def _attach_workers(self) -> None:
        master = self._master
        for name in self._names if self._protocol != "null" else ():
            basedir = self._directory / name
            basedir.mkdir()
            attached = master.event(("workers", None, "connected"))
            worker = Worker(
                "127.0.0.1", master.port(), name, WORKER_PASSWORD, str(basedir), 0, protocol="pb"
            )
            await maybeDeferred(worker.setServiceParent, master.master)
            await attached
        for worker in master.master.workers.workers.values():
            self._watch(worker)

    def _watch(self, worker: Any) -> None:
        """Count how often `worker` is put into quarantine; a build that succeeds ends it."""
        put = worker.putInQuarantine

        def putInQuarantine() -> None:
            self.outcome.quarantines += 1
            put()

        worker.putInQuarantine = putInQuarantine

    # ------------------------------------------------------------------------------- while it runs

    async def _request(self, seconds: float) -> None:
        began = time.monotonic()
        for number in range(self._builds):
            await _pass(max(0.0, began + seconds * number / self._builds - time.monotonic()))
            await self._master.request_build(f"b{number % BUILDERS}")

    def _note_build(self, _key: object, build: dict[str, Any]) -> None:
        self.outcome.builds[Results[build["results"]]] += 1
        if build["results"] == RETRY:
            self._retries[build["buildrequestid"]] += 1
            if not self._retried.called:
                self._retried.callback(None)
        elif build["results"] != SUCCESS:
            self.outcome.states[build["state_string"]] += 1

    def _note_step(self, _key: object, step: dict[str, Any]) -> None:
        waited = re.search(r"waiting for vault, (\d+) s", step["state_string"])
        if waited is not None:
            self.outcome.longest_wait = max(self.outcome.longest_wait, int(waited[1]))

    def _note_buildset(self, _key: object, buildset: dict[str, Any]) -> None:
        self._complete[buildset["bsid"]] = buildset["results"]
        if len(self._complete) == self._builds:
            self._all_complete.callback(None)

    @property
    def waits_for_nothing(self) -> bool:
        """Whether no build and no request waits any more."""
        keychain = MasterKeychain.of(self._master.master)
        return not keychain.waiting._pauses and not keychain.retries._pauses


class _Use(BuildStep):
    """Succeeds with the right value only."""

    renderables = ("value",)

    def __init__(self, value: Any) -> None:
        super().__init__()
        self.value = value

    async def run(self) -> int:
        return int(SUCCESS if self.value == VALUE else FAILURE)


def _factory(number: int) -> Any:
    """Return steps that use the secret in different ways, and twice."""
    secret = util.Secret("ci/db")
    factory = util.BuildFactory([_Use(secret)])
    if number % 8 == 3:
        factory.addStep(steps.ShellCommand(command=["test", secret, "=", VALUE]))
    elif number % 8 == 7:
        command = ["sh", "-c", f'test "$(cat token)" = {VALUE}']
        content = util.Interpolate("%(secret:ci/db)s")
        factory.addSteps([steps.ShellCommand(command=command)], withSecrets=[("token", content)])
    else:
        factory.addStep(_Use(util.Interpolate("%(secret:ci/db)s")))
    return factory


def _pass(seconds: float) -> Deferred[None]:
    return deferLater(reactor, seconds)
