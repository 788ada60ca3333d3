"""The end of a build, which is the last guard."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

from buildbot.process.build import Build
from buildbot.process.results import FAILURE, SUCCESS
from twisted.internet.defer import Deferred, succeed
from twisted.trial.unittest import TestCase

from buildbot_keychain.buildbot.secret_files._build import SecretFilesBuild
from buildbot_keychain.buildbot.secret_files._errors import SecretFileError
from buildbot_keychain.buildbot.secret_files._files_in_use import FileInUse
from buildbot_keychain.buildbot.secret_files._locations import FileLocation, RequestedPath
from buildbot_keychain.buildbot.secret_files._registry import SecretFileRegistry
from tests.support.fake_master import FakeMaster


class SecretFilesBuildTests(TestCase):
    """`SecretFilesBuild`."""

    def setUp(self) -> None:
        self.finished: list[tuple[list[str], int]] = []

        def finish(_build: Any, text: list[str], results: int) -> Deferred[None]:
            self.finished.append((text, results))
            return succeed(None)

        self.patch(Build, "buildFinished", finish)
        self.build: Any = SecretFilesBuild.__new__(SecretFilesBuild)
        self.build.master = FakeMaster()
        self.build.conn = "connected"
        self.problem: Exception | None = None
        self.removed: list[str] = []

    async def remove(self, location: FileLocation) -> None:
        if self.problem is not None:
            raise self.problem
        self.removed.append(location.path)

    async def finish(self) -> tuple[list[str], int]:
        """Finish a build that has left a file."""
        registry = SecretFileRegistry.of(self.build.master)
        location = FileLocation("a", "/w", (), 0, "a")
        wanted = RequestedPath("a", ".", ("a",), base="dir")
        files: Any = SimpleNamespace(remove=self.remove)
        block: Any = None
        await registry.claim(FileInUse("worker", None, self.build, block, wanted, location, files))
        await self.build.buildFinished(["text"], SUCCESS)
        (ended,) = self.finished
        return ended

    async def test_files_are_removed_first(self) -> None:
        self.assertEqual(await self.finish(), (["text"], SUCCESS))
        self.assertEqual(self.removed, ["a"])

    async def test_one_that_stays_turns_the_build_red(self) -> None:
        self.problem = SecretFileError("a: it cannot be removed")
        self.assertEqual(await self.finish(), (["text", "a: it cannot be removed"], FAILURE))

    async def test_a_worker_that_is_gone(self) -> None:
        self.build.conn = None
        self.assertEqual(await self.finish(), (["text"], SUCCESS))
        self.assertEqual(self.removed, [])

    async def test_it_ends_in_any_case(self) -> None:
        self.problem = RuntimeError("a mistake")
        self.assertEqual(await self.finish(), (["text"], SUCCESS))
        self.assertEqual(len(self.flushLoggedErrors(RuntimeError)), 1)
