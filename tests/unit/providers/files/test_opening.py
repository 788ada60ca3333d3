from __future__ import annotations

import os
import stat
from pathlib import Path

from twisted.trial.unittest import SynchronousTestCase

from buildbot_keychain.providers.files import without_waiting


class OpeningTests(SynchronousTestCase):
    def test_a_file(self) -> None:
        path = Path(self.mktemp())
        path.write_bytes(b"content")
        with open(path, "rb", opener=without_waiting) as file:
            self.assertEqual(file.read(), b"content")
            self.assertFalse(os.get_inheritable(file.fileno()))

    def test_a_pipe_is_not_waited_for(self) -> None:
        path = self.mktemp()
        os.mkfifo(path)
        with open(path, "rb", opener=without_waiting) as pipe:
            self.assertTrue(stat.S_ISFIFO(os.fstat(pipe.fileno()).st_mode))

    def test_a_directory_is_not_left_open(self) -> None:
        opened: list[int] = []

        def opener(path: str, flags: int) -> int:
            opened.append(without_waiting(path, flags))
            return opened[-1]

        with self.assertRaises(IsADirectoryError), open("/", "rb", opener=opener):
            pass
        self.assertRaises(OSError, os.fstat, opened[0])
