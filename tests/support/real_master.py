"""A real Buildbot master in the process of a test.

This is the only place that knows how to start a ``BuildMaster`` by hand. A test that derives from
:class:`RealMasterTestCase` gets real builds: a real database file, a real worker (``null``, ``pb``
or ``msgpack``), real steps. Processes started by Buildbot's own commands are in
:mod:`tests.support.real_processes`.

Each master is stopped at the end of its test. No log or property is ever printed: it may contain a
secret, and everyone reads the output of a failed test.
"""

from __future__ import annotations

import gc
import shutil
import signal
import tempfile
import warnings
from contextlib import suppress
from operator import itemgetter
from pathlib import Path
from typing import TYPE_CHECKING, Any
from unittest import mock

from twisted.application.service import Service
from twisted.internet import reactor as global_reactor
from twisted.internet.defer import Deferred, FirstError, maybeDeferred
from twisted.python.threadable import isInIOThread
from twisted.spread.pb import RemoteReference
from twisted.trial.unittest import SkipTest, TestCase
from zope.interface import implementer

from buildbot_keychain.errors import KeychainError

try:
    from buildbot.config.builder import BuilderConfig
    from buildbot.config.master import MasterConfig
    from buildbot.data import resultspec
    from buildbot.db import enginestrategy
    from buildbot.interfaces import IConfigLoader
    from buildbot.master import BuildMaster
    from buildbot.plugins import schedulers
    from buildbot.plugins import worker as workers
    from buildbot_worker.bot import Worker

    from tests.support.finished_build import FinishedBuild, read_build
    from tests.support.master_database import copy_tables, create_engine, keep_tables
except ImportError as missing:
    reason = f"Buildbot and buildbot-worker are needed to run real builds: {missing.name}"
    raise SkipTest(reason) from None

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

Message = dict[str, Any]

_ADD_TRIGGER = global_reactor.addSystemEventTrigger
_STOP = global_reactor.stop

_DATABASE = "state.sqlite"
WORKER_NAME = "worker"
BUILDER_NAME = "builder"
WORKER_PASSWORD = "the test worker's password"

_PROTOCOLS = {
    "null": {"null": {}},
    "pb": {"pb": {"port": "tcp:0:interface=127.0.0.1"}},
    "msgpack": {"msgpack_experimental_v7": {"port": 0}},
}


@implementer(IConfigLoader)
class _Configuration:
    """Gives the master a dictionary as its configuration, at start and at each reconfiguration."""

    def __init__(self, config: dict[str, Any]) -> None:
        self.config = config
        self.run_first: Callable[[], None] = lambda: None

    def loadConfig(self) -> Any:
        self.run_first()
        return MasterConfig.loadFromDict(self.config, "<test>")


class RealMaster:
    """A ``BuildMaster``, as `master`, with its basedir."""

    def __init__(self, basedir: Path, config: dict[str, Any], protocol: str) -> None:
        self.basedir = basedir
        self.protocol = protocol
        self.worker: Any = None
        self.running = False
        self._triggers: list[Any] = []
        self._loader = _Configuration(self._complete(config))
        self.master = BuildMaster(str(basedir), reactor=global_reactor, config_loader=self._loader)

    def _complete(self, config: dict[str, Any]) -> dict[str, Any]:
        defaults: dict[str, Any] = {
            "buildbotNetUsageData": None,
            "db_url": f"sqlite:///{_DATABASE}",
            "protocols": _PROTOCOLS[self.protocol],
        }
        if "schedulers" not in config:
            names = [builder.name for builder in config.get("builders", [])]
            defaults["schedulers"] = [schedulers.ForceScheduler("force", names)] if names else []
        if "workers" not in config:
            kind = workers.LocalWorker if self.protocol == "null" else workers.Worker
            defaults["workers"] = [kind(WORKER_NAME, WORKER_PASSWORD, missing_timeout=0)]
        return defaults | config

    async def start(self) -> None:
        """Create or upgrade the database and start; raise an error of the configuration."""
        self._loader.loadConfig()
        master = self.master
        url = self._loader.config["db_url"]
        if isinstance(master.config.db, dict):  # until Buildbot 4.1
            master.config.db["db_url"] = url
        else:
            master.config.db.db_url = url
        database = self.basedir / _DATABASE
        is_new = url == f"sqlite:///{_DATABASE}" and not database.exists()
        copied = is_new and copy_tables(database)
        await master.db.setup(check_version=False)
        self.running = True
        if not copied:
            await master.db.model.upgrade()
            if is_new:
                keep_tables(database)
        # The database is set up already, and a second engine on ``sqlite://`` would be empty.
        master.db.setup = lambda: None
        global_reactor.getThreadPool()  # type: ignore[attr-defined]  # its trigger is the process's own
        with mock.patch.object(global_reactor, "addSystemEventTrigger", self._add_trigger):
            await master.startService()
        if not master.running:
            raise RuntimeError("the master did not start; see the test's log")

    async def attach_worker(self, basedir: Path, password: str = WORKER_PASSWORD) -> Any:
        """Start a worker in `basedir`, wait until it is connected, and return the service."""
        attached = self.event(("workers", None, "connected"))
        name = "pb" if self.protocol == "pb" else "msgpack_experimental_v7"
        self.worker = Worker(
            "127.0.0.1", self.port(), WORKER_NAME, password, str(basedir), 0, protocol=name
        )
        await maybeDeferred(self.worker.setServiceParent, self.master)
        await attached
        return self.worker

    async def detach_worker(self) -> None:
        """Disconnect the worker, and wait until the master has finished detaching it.

        Buildbot informs its builders last, after having written to its database; a worker that
        comes back before that is lost to them (``buildbot/worker/base.py``, ``Worker.detached``).
        """
        detached = self.event(("workers", None, "disconnected"))
        await maybeDeferred(self.worker.disownServiceParent)
        await detached

    def port(self) -> int:
        """Return the port where the running master listens for its worker."""
        if self.protocol == "null":
            raise ValueError("a local worker comes with its master")
        master = self.master
        manager = master.pbmanager if self.protocol == "pb" else master.msgmanager
        (dispatcher,) = manager.dispatchers.values()
        if hasattr(dispatcher.serverFactory, "setProtocolOptions"):
            dispatcher.serverFactory.setProtocolOptions(closeHandshakeTimeout=0)
        bound: int | None = getattr(dispatcher, "bound_port", None)  # since Buildbot 4.4
        return dispatcher.port.getHost().port if bound is None else bound

    def event(
        self, path: tuple[str | None, ...], test: Callable[[Message], bool] = lambda _: True
    ) -> Deferred[Message]:
        """Return a Deferred of the next message on `path` that passes `test`.

        A path is ``("builds", None, "finished")``. It subscribes when it is called, so call it
        before the event can happen.
        """
        fired: Deferred[Message] = Deferred()

        def received(_path: Any, message: Message) -> None:
            if not fired.called and test(message):
                fired.callback(message)

        subscribed = self.master.mq.startConsuming(received, path)

        async def unsubscribe(message: Message) -> Message:
            await maybeDeferred((await subscribed).stopConsuming)
            return message

        return fired.addCallback(lambda message: Deferred.fromCoroutine(unsubscribe(message)))

    async def reconfigure(
        self, config: dict[str, Any], run_first: Callable[[], None] = lambda: None
    ) -> None:
        """Load `config` as a HUP would; it replaces the former one completely.

        :param run_first: what the ``master.cfg`` does in the thread in which it is loaded.
        """
        self._loader.config = self._complete(config)
        self._loader.run_first = run_first
        await self.master.doReconfig()

    async def request_build(
        self,
        builder: str = BUILDER_NAME,
        properties: Mapping[str, Any] | None = None,
        branch: str | None = None,
        project: str = "",
        repository: str = "",
        *,
        scheduler: str | None = None,
    ) -> int:
        """Request a build and return the id of its buildset, without waiting for the build."""
        builderid = await self.master.data.updates.findBuilderId(builder)
        stamp = {"codebase": "", "revision": None, "project": project, "repository": repository}
        bsid, _ = await self.master.data.updates.addBuildset(
            waited_for=False,
            scheduler=scheduler,
            builderids=[builderid],
            sourcestamps=[stamp | {"branch": branch}],
            properties={name: (value, "test") for name, value in (properties or {}).items()},
        )
        return bsid

    async def build(
        self,
        builder: str = BUILDER_NAME,
        properties: Mapping[str, Any] | None = None,
        branch: str | None = None,
        project: str = "",
        repository: str = "",
        *,
        scheduler: str | None = None,
    ) -> FinishedBuild:
        """Run a build to its end, and return it."""
        bsid: int | None = None
        # A build starts only after its request is written, and the event comes later still: by then
        # the number of the buildset is known.
        done = self.event(("buildsets", None, "complete"), lambda message: message["bsid"] == bsid)
        bsid = await self.request_build(
            builder, properties, branch, project, repository, scheduler=scheduler
        )
        await done
        return (await self.builds_of(bsid))[-1]

    async def builds_of(self, bsid: int) -> list[FinishedBuild]:
        """Return every build of a buildset, oldest first (a retried one has several)."""
        data = self.master.data
        requests = await data.get(
            ("buildrequests",), filters=[resultspec.Filter("buildsetid", "eq", [bsid])]
        )
        ids = [request["buildrequestid"] for request in requests]
        builds = await data.get(
            ("builds",), filters=[resultspec.Filter("buildrequestid", "in", ids)]
        )
        return [
            await read_build(data, build) for build in sorted(builds, key=itemgetter("buildid"))
        ]

    async def stop(self) -> None:
        """Stop master and worker; a second call does nothing."""
        if not self.running:
            return
        self.running = False
        try:
            await self.master.stopService()
        finally:  # a thread of the pool would keep the process
            pool = self.master.db.pool
            await (pool.stop if hasattr(pool, "stop") else pool.shutdown)()
            for trigger in self._triggers:
                # Some of Buildbot's services have removed theirs.
                with suppress(KeyError, ValueError):
                    global_reactor.removeSystemEventTrigger(trigger)

    def _add_trigger(self, *arguments: Any) -> Any:
        """Have something done when the reactor stops, unless the master is stopped before.

        Buildbot leaves such a thing to the reactor for good, and its master with it.
        """
        self._triggers.append(_ADD_TRIGGER(*arguments))
        return self._triggers[-1]


class RealMasterTestCase(TestCase):
    """A test with real masters, under pytest or trial.

    ::

        class MyTests(RealMasterTestCase):
            async def test_greets(self):
                factory = BuildFactory([ShellCommand(command=["echo", "hello"])])
                master = await self.start_master(self.configuration(factory))
                build = await master.build(properties={"who": "world"})
                self.assertIn("ohello", build.steps[0].logs["stdio"])
    """

    timeout: float = 120.0  # seconds
    protocol = "pb"  # "null" (worker inside the master), "pb" or "msgpack"

    def setUp(self) -> None:
        """Ignore warnings of Buildbot's and Twisted's own code, which are not ours to fix."""
        self.addCleanup(self._forget_dropped_failures)
        self.addCleanup(self._keep_our_warnings)
        self.patch(RemoteReference, "__del__", _collect_in_reactor(RemoteReference.__del__))

    def _forget_dropped_failures(self) -> None:
        """Collect failures that Buildbot 4.0 drops when several renderings fail at once."""
        gc.collect()
        self.flushLoggedErrors(FirstError, KeychainError)

    def _keep_our_warnings(self) -> None:
        for warning in self.flushWarnings():
            if "buildbot_keychain" in warning["filename"]:
                warnings.warn_explicit(**warning)

    def mktemp(self) -> str:
        """Return the path of a new empty directory (0700), removed after the test."""
        # trial's own is relative to the directory where pytest was started.
        directory = tempfile.mkdtemp(prefix="keychain-test-")
        self.addCleanup(shutil.rmtree, directory, ignore_errors=True)
        return directory

    def directory(self) -> Path:
        """Return a new empty directory (0700), removed after the test."""
        return Path(self.mktemp()).resolve()

    def secrets_directory(self, secrets: Mapping[str, str | bytes]) -> Path:
        """Return a directory (0700) with one file (0600) for each of `secrets`."""
        directory = self.directory()
        for name, value in secrets.items():
            write_secret(directory / name, value)
        return directory

    def configuration(
        self, factory: Any, builder: str = BUILDER_NAME, **more: Any
    ) -> dict[str, Any]:
        """Return a configuration with one builder that runs `factory`, and the keys `more`."""
        builders = [BuilderConfig(name=builder, workernames=[WORKER_NAME], factory=factory)]
        return {"builders": builders, **more}

    def isolate_masters(self) -> None:
        """Undo at the end of the test what a master does to its process when it starts."""
        self.patch(enginestrategy, "create_engine", create_engine)
        # Otherwise the master would stop the reactor of the whole test run.
        self.patch(global_reactor, "stop", mock.create_autospec(_STOP))
        # A master makes every service of the process require a start before a stop.
        for method in ("startService", "stopService"):
            self.patch(Service, method, getattr(Service, method))
        for number in (signal.SIGHUP, signal.SIGTERM, signal.SIGUSR1):
            self.addCleanup(signal.signal, number, signal.getsignal(number))

    async def start_master(
        self,
        config: dict[str, Any],
        *,
        basedir: Path | None = None,
        worker_basedir: Path | None = None,
        worker: bool = True,
    ) -> RealMaster:
        """Start a master, by default with its worker; both end with the test.

        After `stop`, a second call with the same `basedir` is a restart on the same database.
        """
        self.isolate_masters()
        # Removed after the master and its worker have ended: cleanups run last to first.
        worker_basedir = worker_basedir or self.directory()
        master = RealMaster(basedir or self.directory(), config, self.protocol)
        self.addCleanup(lambda: Deferred.fromCoroutine(master.stop()))
        await master.start()
        if worker and self.protocol != "null":
            await master.attach_worker(worker_basedir)
        return master


def _collect_in_reactor(collect: Callable[[Any], None]) -> Callable[[Any], None]:
    """Have references to a worker's objects collected on the reactor's thread.

    Each then sends a message. In a thread of the database, where the garbage collector may run too,
    that would break a message of the reactor in two, and master and worker would wait for ever.
    """

    threads: Any = global_reactor

    def collected(reference: Any) -> None:
        if isInIOThread():
            collect(reference)
        elif reference.doRefCount:
            threads.callFromThread(reference.broker.sendDecRef, reference.luid)

    return collected


def write_secret(path: Path, value: str | bytes) -> None:
    """Write a file of mode 0600 with `value`, replacing it in one step as Kubernetes does."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    partial = path.with_name(f".{path.name}.partial")
    partial.touch(mode=0o600)
    partial.write_bytes(value.encode() if isinstance(value, str) else value)
    partial.replace(path)
