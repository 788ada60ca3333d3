"""Which secret files are in use, and which were left behind; the files are real ones."""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from twisted.internet.defer import fail, succeed
from twisted.internet.error import ConnectionLost
from twisted.trial.unittest import TestCase

from buildbot_keychain.buildbot.secret_files import _registry
from buildbot_keychain.buildbot.secret_files._blocks import Block, FileSpec
from buildbot_keychain.buildbot.secret_files._errors import NoAnswerError, SecretFileError
from buildbot_keychain.buildbot.secret_files._files_in_use import FileInUse, ForeignFiles
from buildbot_keychain.buildbot.secret_files._ledger import Ledger
from buildbot_keychain.buildbot.secret_files._locations import (
    FileLocation,
    RememberedFile,
    RequestedPath,
)
from buildbot_keychain.buildbot.secret_files._posix import PosixFiles
from buildbot_keychain.buildbot.secret_files._registry import SecretFileRegistry
from tests.support.local_worker import LocalCommands
from tests.support.object_state import MemoryState, master_with


class Connection:
    """A connection to a worker."""

    def __init__(self) -> None:
        self.builders: Any = None
        self.alive = True

    def remoteSetBuilderList(self, builders: Any) -> Any:
        self.builders = builders
        return succeed(None)

    def remotePrint(self, message: str) -> Any:
        return succeed(None) if self.alive else fail(ConnectionLost())


class RegistryTestCase(TestCase):
    """One worker, whose directory is on this machine."""

    def setUp(self) -> None:
        self.here = Path(tempfile.mkdtemp(prefix="keychain-test-")).resolve()
        self.addCleanup(shutil.rmtree, self.here)
        self.conn = Connection()
        self.commands: Any = LocalCommands(self.here, "worker", self.conn)
        self.master = master_with(MemoryState())
        self.registry = SecretFileRegistry(self.master)
        self.build: Any = SimpleNamespace(number=7, builder=SimpleNamespace(name="linux"))
        self.block = Block([FileSpec("a", "x")])

    def file(self, name: str, build: Any = None, block: Any = None, conn: Any = None) -> FileInUse:
        return FileInUse(
            "worker",
            conn or self.conn,
            build or self.build,
            block or self.block,
            RequestedPath(name, ".", (name,), base="dir"),
            FileLocation(name, str(self.here), (), 0, name),
            PosixFiles(self.commands),
        )

    async def create(self, name: str, **more: Any) -> FileInUse:
        """Have a build create a file."""
        file = self.file(name, **more)
        await self.registry.claim(file)
        await file.files.create(file.location)
        return file

    def present(self) -> list[str]:
        return sorted(path.name for path in self.here.iterdir())

    async def remembered(self) -> list[str]:
        entries = await Ledger(self.master).entries("worker")
        return sorted(location.path for location in entries.values())


class FilesInUseTests(RegistryTestCase):
    """Files of running builds."""

    async def test_there_is_one_registry_for_each_master(self) -> None:
        self.assertIs(SecretFileRegistry.of(self.master), SecretFileRegistry.of(self.master))

    async def test_a_file_comes_and_goes(self) -> None:
        file = await self.create("a")
        self.assertEqual((await self.remembered(), self.present()), (["a"], ["a"]))
        await self.registry.remove(file)
        self.assertEqual((await self.remembered(), self.present()), ([], []))
        self.assertEqual(self.registry.files_of(self.build), [])

    async def test_a_location_at_which_nothing_was_created(self) -> None:
        file = self.file("a")
        await self.registry.claim(file)
        await self.registry.release(file)
        self.assertEqual(await self.remembered(), [])
        await self.create("a")

    async def test_the_files_of_a_build_and_of_a_block(self) -> None:
        other, inner = SimpleNamespace(), Block([FileSpec("a", "x")])
        first, second = await self.create("a"), await self.create("b", block=inner)
        await self.create("c", build=other)
        self.assertEqual(self.registry.files_of(self.build), [second, first])
        self.assertEqual(self.registry.files_of(self.build, inner), [second])

    async def test_two_builds_at_one_place(self) -> None:
        await self.create("a")
        with self.assertRaisesRegex(SecretFileError, "a: build 7 of linux has a secret file there"):
            await self.registry.claim(self.file("a", build=SimpleNamespace()))
        with self.assertRaisesRegex(SecretFileError, "another withSecrets of this build has"):
            await self.registry.claim(self.file("a"))
        await self.registry.claim(self.file("a", conn=Connection()))

    async def test_a_database_that_is_down(self) -> None:
        self.master.db.state.wait = fail(RuntimeError("down"))
        with self.assertRaises(RuntimeError):
            await self.registry.claim(self.file("a"))
        self.assertEqual(self.registry.files_of(self.build), [])

    async def test_a_file_that_cannot_be_removed_is_left_behind(self) -> None:
        file = await self.create("a")
        (self.here / "a").unlink()
        (self.here / "a" / "full").mkdir(parents=True)
        with self.assertRaisesRegex(SecretFileError, "cannot be removed"):
            await self.registry.remove(file)
        self.assertEqual(self.registry.files_of(self.build), [])
        self.assertEqual(await self.remembered(), ["a"])


class ForeignFilesTests(RegistryTestCase):
    """Files that a step of Buildbot's own writes into a directory of its own."""

    def setUp(self) -> None:
        super().setUp()
        self.keys = self.here / "keys"
        wanted = [RequestedPath(name, ".", ("keys", name), base=".") for name in ("a", "b")]
        files = [RememberedFile(each, made=1) for each in wanted]
        self.foreign = ForeignFiles.of("worker", self.conn, files)

    async def write(self) -> None:
        """Have the step write its files."""
        await self.registry.expect(self.foreign)
        self.assertEqual(await self.remembered(), ["a", "b"])
        self.keys.mkdir()
        for name in ("a", "b"):
            (self.keys / name).write_text("key")

    async def test_the_step_removes_them(self) -> None:
        await self.registry.expect(self.foreign)
        await self.registry.forget(self.foreign)
        self.assertEqual(await self.remembered(), [])

    async def test_the_step_leaves_them(self) -> None:
        await self.write()
        await self.registry.clear(self.foreign, self.commands)
        self.assertEqual((await self.remembered(), self.present()), ([], []))

    async def test_one_that_stays_does_not_keep_the_others(self) -> None:
        await self.write()
        (self.keys / "a").unlink()
        (self.keys / "a" / "full").mkdir(parents=True)
        with self.assertRaisesRegex(SecretFileError, "a: it cannot be removed"):
            await self.registry.clear(self.foreign, self.commands)
        self.assertEqual(await self.remembered(), ["a"])
        self.assertEqual([path.name for path in self.keys.iterdir()], ["a"])

    async def test_a_worker_that_does_not_answer_is_not_asked_again(self) -> None:
        await self.write()
        asked: list[str] = []

        async def shell(script: str, *words: str) -> list[str]:
            asked.append(script)
            raise NoAnswerError("worker did not answer within 300 seconds")

        self.commands.shell = shell
        with self.assertRaisesRegex(SecretFileError, "^worker did not answer within 300 seconds$"):
            await self.registry.clear(self.foreign, self.commands)
        self.assertEqual((await self.remembered(), len(asked)), (["a", "b"], 1))

    async def test_they_are_swept_only_when_they_are_not_in_use(self) -> None:
        await self.write()
        await self.registry.sweep(self.commands)
        self.assertEqual(sorted(path.name for path in self.keys.iterdir()), ["a", "b"])
        again: Any = LocalCommands(self.here, "worker", Connection())
        await self.registry.sweep(again)
        self.assertEqual((await self.remembered(), self.present()), ([], []))

    async def test_a_directory_that_has_become_a_link(self) -> None:
        await self.write()
        self.keys.rename(self.here / "elsewhere")
        self.keys.symlink_to("elsewhere")
        with self.assertRaisesRegex(SecretFileError, "keys is a symbolic link"):
            await self.registry.clear(self.foreign, self.commands)
        self.assertEqual(await self.remembered(), ["a", "b"])
        self.assertEqual(len(list((self.here / "elsewhere").iterdir())), 2)


class SweepTests(RegistryTestCase):
    """Files that were left behind: those of a master that was killed."""

    async def leave_behind(self, *names: str) -> None:
        for name in names:
            await self.create(name)
        self.registry = SecretFileRegistry(self.master)

    async def test_they_are_removed(self) -> None:
        await self.leave_behind("a", "b")
        await self.create("c")
        await self.registry.sweep(self.commands)
        self.assertEqual((await self.remembered(), self.present()), (["c"], ["c"]))

    async def test_a_worker_that_lies_about_the_place(self) -> None:
        """What it says is not remembered, so the honest one that comes next keeps its files."""
        other = Path(tempfile.mkdtemp(prefix="keychain-test-")).resolve()
        self.addCleanup(shutil.rmtree, other)
        (other / "a").write_text("of the honest worker")
        file = self.file("a")
        file.location = FileLocation("a", str(other), (), 0, "a")
        await self.registry.claim(file)
        self.registry = SecretFileRegistry(self.master)
        await self.registry.sweep(self.commands)
        self.assertEqual((await self.remembered(), [p.name for p in other.iterdir()]), ([], ["a"]))

    async def test_it_is_not_removed_through_a_link(self) -> None:
        await self.leave_behind("a")
        (self.here / "a").unlink()
        (self.here / "a").symlink_to(self.here / "b")
        (self.here / "b").touch()
        with self.assertRaisesRegex(SecretFileError, "symbolic link"):
            await self.registry.sweep(self.commands)
        self.assertEqual((await self.remembered(), self.present()), (["a"], ["a", "b"]))

    async def test_a_directory_that_cannot_be_entered(self) -> None:
        """What is in it is not gone, and not forgotten."""
        await self.leave_behind("a")
        (self.here / "dir").symlink_to("dir")
        self.commands.builddir = str(self.here / "dir")
        with self.assertRaisesRegex(SecretFileError, "a: the worker's user cannot enter"):
            await self.registry.sweep(self.commands)
        self.assertEqual(await self.remembered(), ["a"])

    async def test_only_one_of_them(self) -> None:
        await self.leave_behind("a", "b")
        await self.registry.sweep(self.commands, self.file("a").wanted)
        self.assertEqual(self.present(), ["b"])

    async def test_a_worker_that_comes_back(self) -> None:
        """What its builds had over the old connection was left behind."""
        old = await self.create("a")
        self.commands.conn = Connection()
        await self.registry.sweep(self.commands)
        self.assertEqual((await self.remembered(), self.present()), ([], []))
        self.assertEqual(self.registry.files_of(self.build), [])
        await self.registry.remove(old)

    async def test_one_that_stays_does_not_keep_the_others(self) -> None:
        await self.leave_behind("a", "b")
        (self.here / "a").unlink()
        (self.here / "a" / "full").mkdir(parents=True)
        with self.assertRaisesRegex(SecretFileError, "a: it cannot be removed"):
            await self.registry.sweep(self.commands)
        self.assertEqual((await self.remembered(), self.present()), (["a"], ["a"]))

    async def test_once_for_each_connection(self) -> None:
        await self.leave_behind("a")
        await self.registry.sweep_once(self.commands)
        self.assertEqual(self.present(), [])
        (self.here / "a").touch()
        await Ledger(self.master).add("worker", {"1": RememberedFile(self.file("a").wanted)})
        await self.registry.sweep_once(self.commands)
        self.assertEqual(self.present(), ["a"])

    async def test_what_stays_is_no_error_of_the_next_build(self) -> None:
        await self.leave_behind("a")
        (self.here / "a").unlink()
        (self.here / "a" / "full").mkdir(parents=True)
        await self.registry.sweep_once(self.commands)
        self.assertEqual(await self.remembered(), ["a"])


class AdmissionTests(RegistryTestCase):
    """A worker that connects."""

    def setUp(self) -> None:
        super().setUp()
        builder = SimpleNamespace(name="linux", config=SimpleNamespace(workerbuilddir="dir"))
        self.builders = [builder]
        self.master.botmaster = SimpleNamespace(getBuildersForWorker=lambda _: self.builders)
        self.master.workers = SimpleNamespace(getWorkerByName=lambda _: self.commands.worker)
        self.patch(_registry, "WorkerCommands", lambda *_, **__: self.commands)

    async def admit(self, answer: Any = True) -> bool:
        return await self.registry.admit(self.conn, "worker", lambda: succeed(answer))

    async def test_it_is_swept_first(self) -> None:
        await self.create("a")
        self.registry = SecretFileRegistry(self.master)
        self.assertTrue(await self.admit())
        self.assertEqual((self.present(), self.conn.builders), ([], [("linux", "dir")]))

    async def test_nothing_was_left_behind(self) -> None:
        self.assertTrue(await self.admit())
        self.assertIsNone(self.conn.builders)

    async def test_it_is_swept_by_its_first_build_if_it_has_no_builder(self) -> None:
        await self.create("a")
        self.builders = []
        self.registry = SecretFileRegistry(self.master)
        self.assertTrue(await self.admit())
        self.assertEqual(self.present(), ["a"])

    async def test_what_buildbot_rejects(self) -> None:
        await self.create("a")
        self.registry = SecretFileRegistry(self.master)
        self.assertFalse(await self.admit(None))
        self.assertEqual(self.present(), ["a"])

    async def test_one_that_is_gone_again(self) -> None:
        await self.create("a")
        self.registry = SecretFileRegistry(self.master)
        self.conn.alive = False
        with self.assertRaises(ConnectionLost):
            await self.admit()

    async def test_a_mistake_keeps_nobody_out(self) -> None:
        await self.create("a")
        self.registry = SecretFileRegistry(self.master)
        del self.master.workers
        self.assertTrue(await self.admit())
        self.assertEqual(len(self.flushLoggedErrors(AttributeError)), 1)
