"""Secret files of several builds, of workers that come and go, and of every kind of worker."""

from __future__ import annotations

import posixpath
import sys
from pathlib import Path
from typing import Any

from buildbot.plugins import steps, util
from buildbot.process.buildstep import BuildStep
from buildbot.process.properties import Properties
from buildbot.process.results import SUCCESS
from twisted.internet.defer import Deferred

from buildbot_keychain.buildbot.secret_files import _steps as secret_steps
from buildbot_keychain.buildbot.secret_files._commands import WorkerCommands
from buildbot_keychain.buildbot.secret_files._windows import WindowsFiles
from buildbot_keychain.buildbot.secret_files._worker_files import WorkerFiles
from buildbot_keychain.plugins.util import BuildFactory
from tests.support.real_master import BUILDER_NAME
from tests.support.secret_files_case import CONTENT, Hold, SecretFilesTestCase

SEARCH = f"""
import pathlib, sys
found = [path for path in pathlib.Path(sys.argv[1]).rglob("*") if path.is_file()]
sys.exit(any({CONTENT.encode()!r}.strip() in path.read_bytes() for path in found))
"""


class ConcurrentBuildsTests(SecretFilesTestCase):
    """Two builds on one worker."""

    async def test_each_removes_its_own(self) -> None:
        """The end of one build leaves the other's file alone, at the same relative path."""
        master, step, done = await self.hold(self.block())

        other = await master.build(BUILDER_NAME + "1")

        self.assertEqual(other.result, "success", other.outline())
        self.assertTrue((self.workdir / "sub" / "netrc").exists())
        self.assertEqual(await self.remembered(master), ["sub/netrc"])
        step.ended.callback(SUCCESS)
        await done
        self.assert_nothing_left()

    async def test_same_absolute_path(self) -> None:
        """The second one is refused, and says which build is in its way."""
        path = str(self.directory() / "netrc")
        master, step, done = await self.hold(self.block(path=path), path=path)

        other = await master.build(BUILDER_NAME + "1")

        self.assertEqual(other.result, "failure", other.outline())
        self.assertIn("build 1 of builder has a secret file there", other.steps[1].state)
        self.assertTrue(Path(path).exists())
        step.ended.callback(SUCCESS)
        await done
        self.assertFalse(Path(path).exists())


class LostWorkerTests(SecretFilesTestCase):
    """The worker goes away while its files are there, and comes back."""

    async def test_it_comes_back(self) -> None:
        """The file is removed before the build that is tried again can start."""
        holding: list[Deferred[BuildStep]] = [Deferred(), Deferred()]
        first, second = holding
        factory = BuildFactory([Hold(holding)])
        factory.addSteps([Hold(holding)], withSecrets=[("sub/netrc", CONTENT)])
        master = await self.master_with(factory)
        done = master.event(("builds", None, "finished"))
        await master.request_build()
        step: Any = await first
        step.ended.callback(SUCCESS)
        await second
        path = self.workdir / "sub" / "netrc"
        self.assertTrue(path.exists())

        holding.append(Deferred())
        again = holding[0]
        await master.detach_worker()
        build = await done
        self.assertEqual(build["results"], 5)  # RETRY
        self.assertTrue(path.exists())
        await master.attach_worker(self.worker_directory)
        await again

        self.assertEqual(await self.remembered(master), [])
        self.assert_nothing_left()

    async def test_another_builder_finds_nothing(self) -> None:
        """What was left is removed before any builder builds, and so is what was not."""
        look = steps.ShellCommand(
            command=[sys.executable, "-c", SEARCH, str(self.worker_directory)]
        )
        holding: list[Deferred[BuildStep]] = [Deferred(), Deferred(), Deferred()]
        first, second, _ = holding
        # When it is tried again, it waits before there is a file.
        factory = BuildFactory([Hold(holding)])
        factory.addSteps([Hold(holding)], withSecrets=[("sub/netrc", CONTENT)])
        master = await self.master_with(factory, BuildFactory([look]))
        await master.request_build()
        step: Any = await first
        step.ended.callback(SUCCESS)
        await second
        looking = await master.build(BUILDER_NAME + "1")
        self.assertEqual(looking.result, "failure", "they run as one user")

        builderid = await master.master.data.updates.findBuilderId(BUILDER_NAME + "1")
        ends = ("builds", None, "finished")
        looked = master.event(ends, lambda build: build["builderid"] == builderid)
        await master.detach_worker()
        await master.request_build(BUILDER_NAME + "1")
        await master.attach_worker(self.worker_directory)

        build = await looked
        self.assertEqual(build["results"], SUCCESS)

    async def test_its_directory_is_gone(self) -> None:
        """A worker that comes back as a new machine has nothing to remove."""
        holding: list[Deferred[BuildStep]] = [Deferred(), Deferred()]
        first, second = holding
        master = await self.master_with(self.block(Hold(holding)))
        await master.request_build()
        await first
        done = master.event(("builds", None, "finished"))
        await master.detach_worker()
        await done
        await master.attach_worker(self.directory())
        await second

        self.assertEqual(len(await self.remembered(master)), 1)


class LocalWorkerTests(SecretFilesTestCase):
    """A worker inside of the master."""

    protocol = "null"

    async def test_success(self) -> None:
        """It is as any other."""
        path = str(self.directory() / "netrc")
        master = await self.master_with(self.block(path=path))

        build = await master.build()

        self.assertEqual(build.result, "success", build.outline())
        self.assert_was_there(path)
        self.assertFalse(Path(path).exists())


class MsgpackTests(SecretFilesTestCase):
    """The protocol over which files arrive empty."""

    protocol = "msgpack"

    async def test_refused_before_a_secret_is_asked_for(self) -> None:
        """The step is red and says what to change; no content is rendered."""
        rendered: list[bool] = []

        @util.renderer
        def content(_properties: Properties) -> str:
            rendered.append(True)
            return CONTENT

        factory = BuildFactory()
        factory.addSteps([self.look("netrc")], withSecrets=[("netrc", content)])
        master = await self.master_with(factory)

        build = await master.build()

        self.assertEqual(build.result, "failure", build.outline())
        self.assertIn("msgpack", build.step("write secret files").state)
        self.assertIn("protocol='pb'", build.step("write secret files").state)
        self.assertEqual(rendered, [])
        self.assertFalse((self.workdir / "netrc").exists())


class WorkerWithoutShellTests(SecretFilesTestCase):
    """What is done on Windows, by Buildbot's own commands: here with this machine's paths."""

    def setUp(self) -> None:
        """Take the worker for one without a shell."""
        super().setUp()

        def files_over(commands: WorkerCommands) -> WorkerFiles:
            return WindowsFiles(commands, commands.builddir, flavour=posixpath)

        self.patch(secret_steps, "files_over", files_over)

    async def test_success(self) -> None:
        """Files and directories come and go."""
        master = await self.master_with(self.block(path="sub/deeper/netrc"))

        build = await master.build()

        self.assertEqual(build.result, "success", build.outline())
        self.assert_was_there("sub/deeper/netrc")
        self.assert_nothing_left()

    async def test_existing_file(self) -> None:
        """It is left alone, and so is a directory that is in use."""
        self.workdir.mkdir(parents=True)
        (self.workdir / "netrc").write_text("mine")
        master = await self.master_with(self.block(path="netrc"))

        build = await master.build()

        self.assertEqual(build.result, "failure", build.outline())
        self.assertIn("is not overwritten", build.step("write secret files").state)
        self.assertEqual((self.workdir / "netrc").read_text(), "mine")
