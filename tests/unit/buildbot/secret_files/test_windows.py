"""Secret files by Buildbot's own commands, here with the paths of this machine."""

from __future__ import annotations

import posixpath
import shutil
import tempfile
from pathlib import Path
from typing import Any

from twisted.trial.unittest import TestCase

from buildbot_keychain.buildbot.secret_files._errors import NotCreatedError, SecretFileError
from buildbot_keychain.buildbot.secret_files._locations import FileLocation, RequestedPath
from buildbot_keychain.buildbot.secret_files._windows import WindowsFiles
from tests.support.local_worker import LocalCommands


class WindowsFilesTests(TestCase):
    """`WindowsFiles`."""

    def setUp(self) -> None:
        self.here = Path(tempfile.mkdtemp(prefix="keychain-test-")).resolve()
        self.addCleanup(shutil.rmtree, self.here)
        self.commands = LocalCommands(self.here)
        commands: Any = self.commands
        self.files = WindowsFiles(commands, str(self.here), None, posixpath)

    def wanted(self, path: str, kept: int = 0) -> RequestedPath:
        return RequestedPath(path, ".", tuple(path.split("/")), kept)

    async def located(self, path: str, kept: int = 0) -> FileLocation:
        location = await self.files.locate(self.wanted(path, kept))
        assert location is not None
        return location

    async def test_round(self) -> None:
        """A file and its directories come and go; the working directory stays."""
        location = await self.located("build/a/b", kept=1)
        self.assertEqual((location.new_directories, location.kept), (("build", "a"), 1))
        await self.files.create(location)
        self.assertEqual(Path(self.files.absolute_path(location)).read_bytes(), b"")
        self.assertIsNone(await self.files.locate(self.wanted("build/a/b")))
        existing = await self.files.existing_file(self.wanted("build/a/b"))
        assert existing is not None
        self.assertTrue(existing.is_same_file(location))
        await self.files.remove(location)
        self.assertEqual([path.name for path in self.here.rglob("*")], ["build"])
        await self.files.remove(location)

    async def test_a_directory_that_is_in_use_stays(self) -> None:
        location = await self.located("a/b/c")
        await self.files.create(location)
        (self.here / "a" / "result").write_text("")
        await self.files.remove(location)
        self.assertEqual([path.name for path in self.here.rglob("*")], ["a", "result"])

    async def test_a_directory_that_is_too_full_to_be_listed_stays(self) -> None:
        location = await self.located("a/b")
        await self.files.create(location)
        self.commands.lists = False
        await self.files.remove(location)
        self.assertEqual([path.name for path in self.here.rglob("*")], ["a"])

    async def test_something_appears_in_the_meantime(self) -> None:
        location = await self.located("a")
        (self.here / "a").write_text("mine")
        with self.assertRaisesRegex(NotCreatedError, "appeared in the meantime"):
            await self.files.create(location)
        self.assertEqual((self.here / "a").read_text(), "mine")

    async def test_a_file_in_place_of_a_directory(self) -> None:
        (self.here / "a").write_text("mine")
        with self.assertRaisesRegex(SecretFileError, "a exists and is not a directory"):
            await self.files.locate(self.wanted("a/b"))
        self.assertIsNone(await self.files.find(self.wanted("a/b")))

    async def test_what_cannot_be_made(self) -> None:
        location = await self.located("a/b")
        (self.here / "a").write_text("mine")
        with self.assertRaisesRegex(SecretFileError, "the directory .*/a cannot be made"):
            await self.files.create(location)
        self.commands.writable = False
        with self.assertRaisesRegex(SecretFileError, "may not write there"):
            await self.files.create(await self.located("c"))

    async def test_what_cannot_be_removed(self) -> None:
        (self.here / "a" / "full").mkdir(parents=True)
        with self.assertRaisesRegex(SecretFileError, "remove it on the worker by hand"):
            await self.files.remove(FileLocation("a", str(self.here), (), 0, "a"))

    async def test_the_home_directory(self) -> None:
        wanted = RequestedPath("~/a", "~", ("a",))
        with self.assertRaisesRegex(SecretFileError, "no USERPROFILE"):
            await self.files.locate(wanted)
        commands: Any = self.commands
        at_home = WindowsFiles(commands, "/elsewhere", str(self.here), posixpath)
        location = await at_home.locate(wanted)
        assert location is not None
        self.assertEqual(at_home.absolute_path(location), str(self.here / "a"))
