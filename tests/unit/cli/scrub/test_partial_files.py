"""Files that are being written: which of them are leftovers."""

from __future__ import annotations

import os

from buildbot_keychain.cli.scrub import _partial_files as partial_files
from tests.support.keychain_command import SecretFilesTestCase


class PartialFilesTests(SecretFilesTestCase):
    def setUp(self) -> None:
        super().setUp()
        self.path = self.directory / "log"

    def test_one_that_is_being_written_stays(self) -> None:
        partial, descriptor = partial_files.create(self.path)
        self.assertEqual(partial_files.remove_leftovers(self.path), 0)
        self.assertTrue(partial.exists())
        os.close(descriptor)  # as when the process is killed
        self.assertEqual(partial_files.remove_leftovers(self.path), 1)
        self.assertFalse(partial.exists())

    def test_only_files_of_that_name_are_leftovers(self) -> None:
        others = ["log", ".log.0123abcd.scrub.txt", ".log.0123ABCD.scrub", ".other.0123abcd.scrub"]
        for name in others:
            (self.directory / name).write_text("kept")
        (self.directory / ".log.00000000.scrub").symlink_to(self.directory / "log")
        (self.directory / ".log.11111111.scrub").mkdir()
        self.assertEqual(partial_files.remove_leftovers(self.path), 0)
        self.assertEqual(len(list(self.directory.iterdir())), len(others) + 2)

    def test_only_the_owner_can_read_it(self) -> None:
        partial, descriptor = partial_files.create(self.path)
        os.close(descriptor)
        self.assertEqual(partial.stat().st_mode & 0o777, 0o600)
