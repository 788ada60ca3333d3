"""A running master keeps its configuration and hides as before where this library fails to install.

The master runs without a keychain, under Buildbot's own cleaning. It is then reconfigured to a
``master.cfg`` that imports `buildbot_keychain.plugins`, which fails half-way: at each patch, and at
each line that attaches a keychain.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import replace
from itertools import count
from types import CodeType, FrameType
from typing import Any
from unittest import mock

from buildbot.plugins import steps, util
from buildbot.secrets.providers.file import SecretInAFile
from twisted.logger import eventAsText, globalLogPublisher

from buildbot_keychain.buildbot import MasterKeychain, _context, _install, install
from buildbot_keychain.buildbot._attached import keychain_of
from buildbot_keychain.buildbot.patches import PATCHES, Patch
from buildbot_keychain.buildbot.patches.table import TABLE
from buildbot_keychain.buildbot.sinks import _process_log
from tests.support.buildbot_patches import unpatched
from tests.support.real_master import RealMaster, RealMasterTestCase
from tests.support.real_processes import MasterProcess

VALUE = "s3cr3t-of-a-master-without-a-keychain"


class Injected(Exception):
    """A failure of a test."""


@contextmanager
def failing_patch(failing: Patch, number: int) -> Iterator[None]:
    """Let a replacement of a patch fail when it is made."""

    def fail(_original: object) -> None:
        raise Injected

    rows = list(failing.replaces)
    rows[number] = replace(rows[number], make=fail)
    broken = replace(failing, replaces=tuple(rows))
    table = tuple(broken if patch is failing else patch for patch in TABLE)
    with mock.patch.object(_install, "TABLE", table):
        yield


class FailingLine:
    """Raises at the start of the line with a number, among all that run of some functions.

    :ivar reached: whether there was such a line.
    """

    def __init__(self, number: int, *functions: Callable[..., Any]) -> None:
        self.reached = False
        self._left = number
        self._codes: set[CodeType] = {function.__code__ for function in functions}

    def __enter__(self) -> None:
        sys.settrace(self._trace)

    def __exit__(self, *_: object) -> None:
        sys.settrace(None)

    def _trace(self, frame: FrameType, event: str, _argument: object) -> Any:
        if frame.f_code not in self._codes:
            return None
        if event == "line" and not self.reached:
            self._left -= 1
            if self._left < 0:
                self.reached = True
                raise Injected
        return self._trace


class FailingInstallationTests(RealMasterTestCase):
    protocol = "null"
    timeout = 240.0  # seconds, for some twenty reconfigurations and builds

    async def start(self) -> RealMaster:
        """Start a master without a keychain, on a Buildbot that is not patched."""
        context = unpatched()
        context.__enter__()
        self.addCleanup(context.__exit__, None, None, None)
        self.events: list[dict[str, Any]] = []
        observer: Any = self.events.append
        globalLogPublisher.addObserver(observer)
        self.addCleanup(globalLogPublisher.removeObserver, observer)
        self.providers = [SecretInAFile(dirname=str(self.secrets_directory({"token": VALUE})))]
        master = await self.start_master(self.configuration_of("first"))
        self.assertIsNone(keychain_of(master.master))
        await self.assert_hidden(master)
        return master

    def configuration_of(self, builder: str) -> dict[str, Any]:
        """Return a configuration of Buildbot's own classes, whose build prints a secret."""
        command = ["echo", util.Secret("token")]
        factory = util.BuildFactory([steps.ShellCommand(command=command)])
        return self.configuration(factory, builder, secretsProviders=self.providers)

    async def reconfigure(self, master: RealMaster) -> str:
        """Load a configuration that imports this library, and return what is logged."""
        self.events.clear()
        await master.reconfigure(self.configuration_of("second"), lambda: install({}))
        return "\n".join(filter(None, map(eventAsText, self.events)))

    async def assert_refused(
        self, master: RealMaster, failure: AbstractContextManager[object]
    ) -> None:
        before = master.master.config
        with failure:
            logged = await self.reconfigure(master)
        self.assertEqual(logged.count("the configuration is refused"), 1, logged)
        self.assertIs(master.master.config, before)
        self.assertEqual(master.master.botmaster.builderNames, ["first"])
        await self.assert_hidden(master)

    async def assert_accepted(self, master: RealMaster) -> None:
        """A later reconfiguration succeeds."""
        self.assertIn("configuration update complete", await self.reconfigure(master))
        self.assertEqual(master.master.botmaster.builderNames, ["second"])
        self.assertIsNotNone(keychain_of(master.master))
        await self.assert_hidden(master)

    async def assert_hidden(self, master: RealMaster) -> None:
        """A build prints the secret, and its log and states do not show it."""
        (builder,) = master.master.botmaster.builderNames
        build = await master.build(builder)
        self.assertEqual(build.result, "success", build.outline())
        step = build.steps[-1]
        self.assertIn("o<token>", step.logs["stdio"])
        self.assertNotIn(VALUE, step.logs["stdio"].partition("o<token>")[2] + step.state)

    async def test_at_each_patch(self) -> None:
        master = await self.start()
        for patch in TABLE:
            for number in range(len(patch.replaces)):
                await self.assert_refused(master, failing_patch(patch, number))
                self.assertFalse(PATCHES.applied)
        await self.assert_accepted(master)

    async def test_after_the_patches(self) -> None:
        master = await self.start()
        failure = mock.patch.object(_context, "register", side_effect=Injected)
        await self.assert_refused(master, failure)
        self.assertFalse(PATCHES.applied)
        await self.assert_accepted(master)

    async def test_at_each_line_that_attaches_a_keychain(self) -> None:
        master = await self.start()
        functions = (
            vars(MasterKeychain)["of"].__func__,
            MasterKeychain._attach,
            _process_log.redact_process_logs,
        )
        for number in count():
            failure = FailingLine(number, *functions)
            with failure:
                logged = await self.reconfigure(master)
            if not failure.reached:
                break
            self.assertEqual(logged.count("the configuration is refused"), 1, logged)
            self.assertEqual(master.master.botmaster.builderNames, ["first"])
            await self.assert_hidden(master)
        self.assertGreater(number, 12)
        await self.assert_accepted(master)


CONFIGURATION = """
{first}
from buildbot.plugins import schedulers, util, worker

c = BuildmasterConfig = {{
    "buildbotNetUsageData": None,
    "workers": [worker.LocalWorker("worker")],
    "builders": [
        util.BuilderConfig("builder", workernames=["worker"], factory=util.BuildFactory())
    ],
    "schedulers": [schedulers.ForceScheduler("force", ["builder"])],
    "protocols": {{"null": {{}}}},
}}
"""
IMPORT = "import buildbot_keychain.plugins"
FAILING_ONCE = """
from buildbot_keychain.buildbot import _context, _master
owner, name = {owner}, {name!r}
original = getattr(owner, name)
def fail(*_):
    setattr(owner, name, original)
    1 / 0
setattr(owner, name, fail)
import buildbot_keychain.plugins
"""


class ProcessTests(RealMasterTestCase):
    """Buildbot's own commands, and what they write into ``twistd.log``."""

    async def reload(self, master: MasterProcess, first: str) -> str:
        """Reconfigure a master to a ``master.cfg`` that begins with `first`; return its log."""
        (master.basedir / "master.cfg").write_text(CONFIGURATION.format(first=first))
        size = len(master.log)
        await master.reload()
        return master.log[size:]

    async def test_the_reason_is_logged_and_the_next_attempt_succeeds(self) -> None:
        master = MasterProcess(self, self.directory() / "master")
        await master.create(CONFIGURATION.format(first=""))
        await master.start()
        for owner, name, sentence in (
            ("_context", "register", "could not be installed, so the configuration is refused"),
            ("_master.MasterKeychain", "_attach", "could not prepare the master to hide its"),
        ):
            log = await self.reload(master, FAILING_ONCE.format(owner=owner, name=name))
            self.assertEqual(log.count(f"buildbot-keychain {sentence}"), 1, log)
            self.assertIn("ZeroDivisionError", log)
            self.assertNotIn("configuration update complete", log)
        log = await self.reload(master, IMPORT)
        self.assertIn("configuration update complete", log)
