from __future__ import annotations

import errno
import os
from pathlib import Path

from twisted.trial.unittest import SynchronousTestCase

from buildbot_keychain.providers.files._stamp import file_stamp


class FileStampTests(SynchronousTestCase):
    def setUp(self) -> None:
        self.file = Path(self.mktemp())
        self.file.write_text("first")

    def test_unchanged(self) -> None:
        before = file_stamp(str(self.file))
        self.file.read_text()
        self.assertEqual(file_stamp(str(self.file)), before)

    def test_replaced_by_one_of_the_same_size_and_time(self) -> None:
        before, found = file_stamp(str(self.file)), self.file.stat()
        other = self.file.with_suffix(".new")
        other.write_text("other")
        os.utime(other, ns=(found.st_atime_ns, found.st_mtime_ns))
        other.replace(self.file)
        self.assertNotEqual(file_stamp(str(self.file)), before)

    def test_other_size(self) -> None:
        before = file_stamp(str(self.file))
        self.file.write_text("a longer one")
        self.assertNotEqual(file_stamp(str(self.file)), before)

    def test_missing(self) -> None:
        self.file.unlink()
        self.assertEqual(file_stamp(str(self.file)), errno.ENOENT)
