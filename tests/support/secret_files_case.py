"""What the tests of ``withSecrets`` share: a master, one worker, and steps to look or to wait."""

from __future__ import annotations

import json
import stat
from pathlib import Path
from typing import Any

from buildbot.config.builder import BuilderConfig
from buildbot.plugins import steps
from buildbot.process.buildstep import BuildStep
from buildbot.process.results import SUCCESS
from twisted.internet.defer import Deferred

from buildbot_keychain.buildbot.secret_files._ledger import Ledger
from buildbot_keychain.plugins.util import BuildFactory
from tests.support.real_master import (
    BUILDER_NAME,
    WORKER_NAME,
    Message,
    RealMaster,
    RealMasterTestCase,
)

CONTENT = "machine m password s3cr3t-\u00e4\u20ac\n\n"

# Argument 1: where to write a report; then the files to look at.
LOOK = """
import json, os, sys
seen = {}
for path in sys.argv[2:]:
    found = os.lstat(path)
    with open(path, "rb") as file:
        seen[path] = {"mode": found.st_mode, "hex": file.read().hex()}
    seen[path]["directory"] = os.lstat(os.path.dirname(path) or ".").st_mode
with open(sys.argv[1], "w") as file:
    json.dump(seen, file)
"""


class Hold(BuildStep):
    """A step that fires a Deferred when it runs, and ends when `ended` fires or is interrupted."""

    name = "hold"

    def __init__(self, running: list[Deferred[BuildStep]], **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.running_deferreds = running

    def run(self) -> Deferred[int]:
        """Fire the Deferred, then wait."""
        self.ended: Deferred[int] = Deferred()
        self.running_deferreds.pop(0).callback(self)
        return self.ended

    def interrupt(self, reason: Any) -> Deferred[None]:
        """End as Buildbot's own steps do."""
        stopping = super().interrupt(reason)
        if not self.ended.called:
            self.ended.callback(SUCCESS)
        return stopping


class Broken(BuildStep):
    """A step that raises."""

    name = "broken"

    def run(self) -> Deferred[int]:
        """Raise."""
        raise RuntimeError("broken on purpose")


class SecretFilesTestCase(RealMasterTestCase):
    """One worker, whose directory the test can look into."""

    def setUp(self) -> None:
        """Make the directories."""
        super().setUp()
        self.worker_directory = self.directory()
        self.report = self.directory() / "report.json"

    @property
    def workdir(self) -> Path:
        """Where the builder's steps run."""
        return self.worker_directory / BUILDER_NAME / "build"

    def look(self, *paths: str) -> Any:
        """Make a step that reports what it sees of files."""
        return steps.ShellCommand(
            name="look", command=["python3", "-c", LOOK, str(self.report), *paths]
        )

    def block(self, *inside: Any, path: str = "sub/netrc") -> BuildFactory:
        """Make a factory of one block with one file, and look at it first."""
        factory = BuildFactory()
        factory.addSteps([self.look(path), *inside], withSecrets=[(path, CONTENT)])
        return factory

    def assert_was_there(self, path: str = "sub/netrc") -> None:
        """The step that looks has seen the file, complete and private."""
        facts = self.seen()[path]
        self.assertEqual(bytes.fromhex(facts["hex"]), CONTENT.encode())
        self.assertEqual(oct(stat.S_IMODE(facts["mode"])), "0o600")

    def assert_nothing_left(self) -> None:
        """The working directory of the builder is as empty as it was."""
        self.assertEqual(sorted(self.workdir.rglob("*")), [])

    async def hold(
        self, *others: Any, path: str = "sub/netrc"
    ) -> tuple[RealMaster, Any, Deferred[Message]]:
        """Start a master and a build that stands still while its file is there.

        :param others: the factories of further builders.
        :return: the master, the step that waits, and what fires with the build when it has ended.
        """
        running: Deferred[BuildStep] = Deferred()
        master = await self.master_with(self.block(Hold([running]), path=path), *others)
        await master.request_build()
        step: Any = await running
        mine = step.build.buildid
        ended = master.event(("builds", None, "finished"), lambda build: build["buildid"] == mine)
        return master, step, ended

    async def remembered(self, master: RealMaster) -> list[str]:
        """Return the paths of the worker's files that are in the master's database."""
        entries = await Ledger(master.master).entries(WORKER_NAME)
        return [location.path for location in entries.values()]

    def seen(self) -> dict[str, Any]:
        """Return what the step saw."""
        return json.loads(self.report.read_text())

    async def master_with(self, *factories: Any, **more: Any) -> RealMaster:
        """Start a master; its builders are ``builder``, ``builder1``, ..."""
        builders = [
            BuilderConfig(
                name=BUILDER_NAME + (str(number) if number else ""),
                workernames=[WORKER_NAME],
                factory=factory,
            )
            for number, factory in enumerate(factories)
        ]
        return await self.start_master(
            {"builders": builders, **more}, worker_basedir=self.worker_directory
        )
