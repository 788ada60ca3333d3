"""Filling a file that was created."""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path
from typing import Any

from twisted.trial.unittest import TestCase

from buildbot_keychain.buildbot.secret_files._errors import SecretFileError
from buildbot_keychain.buildbot.secret_files._locations import FileLocation
from buildbot_keychain.buildbot.secret_files._posix import PosixFiles
from buildbot_keychain.buildbot.secret_files._worker_files import fill
from tests.support.local_worker import LocalCommands

CONTENT = "s3cr3t-\u00e4".encode()


class FillTests(TestCase):
    """`fill`."""

    def setUp(self) -> None:
        self.here = Path(tempfile.mkdtemp(prefix="keychain-test-")).resolve()
        self.addCleanup(shutil.rmtree, self.here)
        commands: Any = LocalCommands(self.here)
        self.commands, self.files = commands, PosixFiles(commands)
        self.location = FileLocation("netrc", str(self.here), (), 0, "netrc")
        self.file = self.here / "netrc"

    async def test_the_content_is_there(self) -> None:
        await self.files.create(self.location)
        await fill(self.commands, self.files, self.location, CONTENT)
        self.assertEqual(self.file.read_bytes(), CONTENT)
        self.assertEqual(oct(self.file.stat().st_mode), "0o100600")

    async def assert_fails(self) -> None:
        with self.assertRaises(SecretFileError) as caught:
            await fill(self.commands, self.files, self.location, CONTENT)
        self.assertIn("netrc: the content did not arrive completely", str(caught.exception))
        self.assertNotIn(str(len(CONTENT)), str(caught.exception))

    async def test_a_worker_that_reports_a_failure(self) -> None:
        self.commands.writable = False
        await self.assert_fails()

    async def test_content_that_is_cut(self) -> None:
        async def download(path: str, content: bytes) -> bool:
            Path(path).write_bytes(content[:-1])
            return True

        self.commands.download = download
        await self.assert_fails()

    async def test_a_directory_in_place_of_the_file(self) -> None:
        async def download(path: str, content: bytes) -> bool:
            Path(path).mkdir()
            return True

        self.commands.download = download
        await self.assert_fails()
