"""What check and doctor find for the pages of a master, whose files are real."""

from __future__ import annotations

import os
import select
from pathlib import Path
from threading import Event
from types import SimpleNamespace
from typing import Any

from buildbot.util.service import AsyncMultiService
from twisted.internet import reactor
from twisted.internet.defer import Deferred, fail, succeed
from twisted.internet.threads import deferToThread
from twisted.trial.unittest import TestCase
from zope.interface.verify import verifyObject

from buildbot_keychain.audit import Administration
from buildbot_keychain.buildbot._attached import ATTRIBUTE
from buildbot_keychain.buildbot.www import _inspections
from buildbot_keychain.buildbot.www._inspections import BuildbotInspections
from buildbot_keychain.errors import AuditUnavailable
from buildbot_keychain.redaction import Redactor
from buildbot_keychain.web import IInspections
from buildbot_keychain.web.host_inspections import WantedPlaces

CANARY = "canary-W7/x+9pQ"
SECONDS = 60
NAMES_ONE = """
from buildbot_keychain.plugins import reporters, secrets, util
c = BuildmasterConfig = {"secretsProviders": [secrets.SecretInAFile(dirname="secrets")]}
c["services"] = [reporters.GitHubStatusPush(token=util.Secret("gone"))]
"""
NEVER_ENDS = """
import os, signal
os.write(os.open("fifo", os.O_WRONLY), b".")
while True:
    signal.pause()
"""


class Trail:
    def __init__(self) -> None:
        self.events: list[Any] = []
        self.error: Exception | None = None

    def record(self, event: Any) -> None:
        self.events.append(event)

    def require_event(self, event: Any, _secret: str) -> Deferred[None]:
        if self.error is not None:
            return fail(self.error)
        self.record(event)
        return succeed(None)


class Config:
    """Can be referred to weakly, as Buildbot's can."""


class Master(AsyncMultiService):
    def __init__(self, basedir: Path) -> None:
        super().__init__()
        self.name = "m1"
        self.basedir, self.configFileName = str(basedir), None
        self.reactor, self.config = reactor, Config()
        self.audit, self.redactor = Trail(), Redactor()
        setattr(self, ATTRIBUTE, SimpleNamespace(audit=self.audit, redactor=self.redactor))


class InspectionsTests(TestCase):
    timeout = 120

    def setUp(self) -> None:
        self.basedir = Path(self.mktemp()).resolve()
        (self.basedir / "secrets").mkdir(mode=0o700, parents=True)
        self.basedir.chmod(0o700)
        self.configuration = self.basedir / "master.cfg"
        self.master = Master(self.basedir)
        self.master.startService()
        self.addCleanup(lambda: self.master.running and self.master.stopService())
        self.inspections = BuildbotInspections.of(self.master)

    async def done(self, task: str, *, offline: bool = True) -> Any:
        """Return how an inspection has ended."""
        self.assertTrue(await self.inspections.begin(task, "ada", offline))
        assert self.inspections._ending is not None
        await self.inspections._ending
        state = self.inspections.state(task)
        self.assertIsNone(state.running)
        return state.last

    def test_they_are_what_pages_ask_for(self) -> None:
        verifyObject(IInspections, self.inspections)
        self.assertIs(BuildbotInspections.of(self.master), self.inspections)

    async def test_a_check(self) -> None:
        self.configuration.write_text(NAMES_ONE)
        last = await self.done("check", offline=False)
        self.assertEqual(last.problem, "")
        self.assertEqual((last.begun.person, last.secrets, last.is_outdated), ("ada", 1, False))
        page = await self.inspections.findings("check", "problem", 0, 9)
        assert page is not None
        self.assertEqual(page.id, last.begun.id)
        self.assertIn("missing", [each.kind for each in page.items])
        page = await self.inspections.places(WantedPlaces("gone"), 0, 9)
        assert page is not None
        self.assertEqual([each.state for each in page.items], ["missing"])
        problems = last.counts["problem"]
        said = f"problem: {problems}, unchecked: 0, note: {last.counts['note']}"
        begun, ended = (Administration("check", "ada", outcome=each) for each in ("begun", said))
        self.assertEqual(self.master.audit.events, [begun, ended])
        self.master.config = Config()
        outdated = self.inspections.state("check").last
        assert outdated is not None
        self.assertTrue(outdated.is_outdated)

    async def test_what_it_finds_is_redacted(self) -> None:
        self.configuration.write_text(f"BuildmasterConfig = {{{CANARY!r}: 1}}")
        self.master.redactor.add("pin", CANARY)
        await self.done("doctor")
        page = await self.inspections.findings("doctor", "", 0, 99)
        assert page is not None
        self.assertIn("<pin>", str(page.items))
        self.assertNotIn(CANARY, str(page.items))

    async def test_one_that_fails(self) -> None:
        last = await self.done("check")
        self.assertIn("master.cfg does not exist", last.problem)
        self.assertIsNone(await self.inspections.findings("check", "", 0, 9))
        self.assertIn("does not exist", self.master.audit.events[1].outcome)

    async def test_nothing_begins_that_cannot_be_recorded(self) -> None:
        self.master.audit.error = AuditUnavailable("audit", "the disk is full")
        begin = self.inspections.begin("check", "ada", True)
        await self.assertFailure(begin, AuditUnavailable)
        self.assertEqual(self.inspections.state("check").running, None)

    async def test_its_process_ends_with_the_master(self) -> None:
        os.mkfifo(self.basedir / "fifo")
        self.configuration.write_text(NEVER_ENDS)
        reading = os.open(self.basedir / "fifo", os.O_RDONLY | os.O_NONBLOCK)
        self.addCleanup(os.close, reading)
        executing = Event()

        class Noting(_inspections._Now):
            def note(self, done: int, total: int, stage: str) -> None:
                super().note(done, total, stage)
                if stage == "executing the configuration":
                    executing.set()

        self.patch(_inspections, "_Now", Noting)
        self.assertTrue(await self.inspections.begin("doctor", "ada", False))
        self.assertFalse(await self.inspections.begin("check", "otto", False))
        await _readable(reading)
        self.assertEqual(os.read(reading, 1), b".")
        self.assertTrue(await deferToThread(executing.wait, SECONDS))
        running = self.inspections.state("check").running
        assert running is not None
        self.assertEqual(running.stage, "executing the configuration")
        await self.master.stopService()
        self.assertEqual(os.read(reading, 1), b"", "the process has the file open")
        last = self.inspections.state("doctor").last
        assert last is not None
        self.assertIn("as the master stops", last.problem)
        self.assertFalse(await self.inspections.begin("check", "ada", False))

    async def test_it_ends_after_a_while(self) -> None:
        self.patch(_inspections, "MOST_SECONDS", 0.2)
        os.mkfifo(self.basedir / "fifo")
        self.configuration.write_text(NEVER_ENDS)
        last = await self.done("doctor")
        self.assertIn("took more than 0.2 seconds", last.problem)


def _readable(descriptor: int) -> Deferred[Any]:
    """Return a Deferred that fires when there is something to read."""
    return deferToThread(select.select, [descriptor], [], [], SECONDS)
