"""The two steps around a block, with files on this machine; whole builds are in the integration."""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path
from typing import Any

from buildbot.process.buildstep import BuildStepCancelled, create_step_from_step_or_factory
from buildbot.process.results import FAILURE, SKIPPED, SUCCESS
from twisted.internet.defer import Deferred, succeed
from twisted.internet.error import ConnectionLost
from twisted.python.failure import Failure
from twisted.trial.unittest import TestCase

from buildbot_keychain.buildbot import MasterKeychain
from buildbot_keychain.buildbot.secret_files import _steps
from buildbot_keychain.buildbot.secret_files._blocks import parse_block
from buildbot_keychain.buildbot.secret_files._steps import RemoveSecretFiles, WriteSecretFiles
from tests.support.builds import FakeBuild
from tests.support.fake_master import FakeMaster
from tests.support.local_worker import LocalCommands
from tests.support.worker_connection import FakeConnection

SECRET = "a-secret-value"


class Waiting:
    """Renders when `rendering` fires."""

    def __init__(self) -> None:
        self.rendering: Deferred[str] = Deferred()

    def getRenderingFor(self, _properties: Any) -> Deferred[str]:
        return self.rendering


class StepTestCase(TestCase):
    """A build on one worker, which runs steps."""

    def setUp(self) -> None:
        self.here = Path(tempfile.mkdtemp(prefix="keychain-test-")).resolve()
        self.addCleanup(shutil.rmtree, self.here)
        self.commands: Any = LocalCommands(self.here, conn=FakeConnection(lambda *_: None))
        self.patch(_steps, "WorkerCommands", lambda *_, **__: self.commands)
        self.master = FakeMaster()
        self.build: Any = FakeBuild()
        vars(self.build).update(number=7, render=self.render)
        keychain = MasterKeychain.of(self.master)
        keychain.redactor.add("token", SECRET)
        keychain.given.give(self.build, "token")
        self.logs: list[tuple[str, str]] = []

    def render(self, value: Any) -> Deferred[Any]:
        return value.getRenderingFor(self) if hasattr(value, "getRenderingFor") else succeed(value)

    def prepared(self, configured: Any) -> Any:
        step = create_step_from_step_or_factory(configured)
        step.master, step.build = self.master, self.build
        step.worker, step.remote = self.commands.worker, self.commands.conn
        step.workdir = "build"
        step.addCompleteLog = self.add_log
        return step

    def add_log(self, name: str, text: str) -> Deferred[None]:
        self.logs.append((name, text))
        return succeed(None)

    def steps(self, *pairs: Any) -> tuple[Any, Any]:
        block = parse_block(list(pairs))
        return self.prepared(WriteSecretFiles(block)), self.prepared(RemoveSecretFiles(block))

    def files(self) -> dict[str, bytes]:
        found = (path for path in self.here.rglob("*") if path.is_file())
        return {str(path.relative_to(self.here)): path.read_bytes() for path in found}


class StepsTests(StepTestCase):
    """Both steps."""

    async def test_files_come_and_go(self) -> None:
        write, remove = self.steps(("a", SECRET), ("sub/b", b"\xff"))
        self.assertEqual(await write.run(), SUCCESS)
        self.assertEqual(self.files(), {"build/a": SECRET.encode(), "build/sub/b": b"\xff"})
        self.assertEqual(write.descriptionDone, "2 secret files written")
        self.assertEqual(await remove.run(), SUCCESS)
        self.assertEqual((self.files(), remove.descriptionDone), ({}, "2 secret files removed"))
        self.assertNotIn(SECRET, repr(self.logs))

    async def test_nothing_was_written(self) -> None:
        _, remove = self.steps(("a", "x"))
        self.assertEqual(await remove.run(), SKIPPED)
        self.assertEqual(remove.descriptionDone, "no secret files to remove")

    async def test_a_file_that_cannot_be_removed(self) -> None:
        write, remove = self.steps(("a", "x"))
        await write.run()
        (self.here / "build" / "a").unlink()
        (self.here / "build" / "a" / "full").mkdir(parents=True)
        self.assertEqual(await remove.run(), FAILURE)
        self.assertIn("a: it cannot be removed", remove.descriptionDone)
        self.assertIn(remove.descriptionDone, self.logs[-1][1])

    async def test_removing_is_not_interrupted(self) -> None:
        _, remove = self.steps(("a", "x"))
        await remove.interrupt("enough")
        self.assertFalse(remove.stopped)


class RefusalTests(StepTestCase):
    """What is not written."""

    async def assert_refused(self, reason: str, *pairs: Any) -> None:
        write, remove = self.steps(*pairs)
        self.assertEqual(await write.run(), FAILURE)
        self.assertIn(reason, write.descriptionDone)
        self.assertNotIn(SECRET, write.descriptionDone + repr(self.logs))
        await remove.run()
        self.assertEqual(self.files(), {})

    def rendering(self, value: Any) -> Waiting:
        waiting = Waiting()
        waiting.rendering.callback(value)
        return waiting

    async def test_what_does_not_render_to_a_path(self) -> None:
        await self.assert_refused(
            "renders to int; it must render to a str", (self.rendering(3), "x")
        )
        await self.assert_refused("names a directory", (self.rendering("a/"), "x"))

    async def test_a_path_that_holds_a_secret(self) -> None:
        path = self.rendering(f"file-{SECRET}")
        await self.assert_refused("path of secret file 1 holds the value of a secret", (path, "x"))

    async def test_what_is_no_content(self) -> None:
        reason = "renders to int; it must render to a str or bytes"
        await self.assert_refused(f"a: its content {reason}", ("a", self.rendering(3)))
        wrong = self.rendering(f"{SECRET}\ud800")
        await self.assert_refused("a: its content has characters that UTF-8 cannot", ("a", wrong))

    async def test_a_file_of_somebody_else(self) -> None:
        (self.here / "build").mkdir()
        (self.here / "build" / "a").write_text("mine")
        write, _ = self.steps(("a", "x"))
        self.assertEqual(await write.run(), FAILURE)
        self.assertIn("is not overwritten", write.descriptionDone)
        self.assertEqual(self.files(), {"build/a": b"mine"})

    async def test_a_file_of_another_block(self) -> None:
        first, _ = self.steps(("a", "x"))
        second, _ = self.steps(("a", "y"))
        await first.run()
        self.assertEqual(await second.run(), FAILURE)
        self.assertIn("another withSecrets of this build", second.descriptionDone)


class InterruptedTests(StepTestCase):
    """A build that is stopped while something is rendered."""

    async def stop(self, reason: Any, expected: type[Exception]) -> None:
        waiting = Waiting()
        write, _ = self.steps(("a", waiting))
        running = write.run()
        await write.interrupt(reason)
        with self.assertRaises(expected):
            await running
        self.assertEqual(self.files(), {})
        waiting.rendering.callback("too late")

    async def test_by_somebody(self) -> None:
        await self.stop("enough", BuildStepCancelled)

    async def test_by_a_lost_worker(self) -> None:
        await self.stop(Failure(ConnectionLost()), ConnectionLost)
