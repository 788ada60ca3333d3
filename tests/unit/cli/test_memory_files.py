from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

from twisted.trial.unittest import SynchronousTestCase

from buildbot_keychain.cli import CommandError, _memory_files

WAITING = """
import sys
from buildbot_keychain.cli._memory_files import private_directory, write
with private_directory() as path:
    write(path / "value", b"s3cr3t")
    print(path, flush=True)
    sys.stdin.read()
"""


class PrivateDirectoryTests(SynchronousTestCase):
    def test_it_is_in_memory_closed_to_others_and_then_gone(self) -> None:
        with _memory_files.private_directory() as path:
            self.assertTrue(_memory_files._is_in_memory(str(path)))
            self.assertEqual(path.stat().st_mode & 0o777, 0o700)
            _memory_files.write(path / "value", b"one")
            self.assertEqual((path / "value").stat().st_mode & 0o777, 0o600)
        self.assertFalse(path.exists())

    def test_an_error_removes_it_too(self) -> None:
        def fail() -> None:
            with _memory_files.private_directory() as path:
                _memory_files.write(path / "value", b"one")
                self.path = path
                raise ValueError

        self.assertRaises(ValueError, fail)
        self.assertFalse(self.path.exists())

    def test_what_is_in_it_is_overwritten(self) -> None:
        with _memory_files.private_directory() as path:
            _memory_files.write(path / "value", b"one")
            (path / "below").mkdir()
            _memory_files.write(path / "below" / "more", b"two")
            files = [(path / name).open("rb") for name in ("value", "below/more")]
        for file in files:
            with file:
                self.assertEqual(file.read(), bytes(3))

    def test_a_process_that_is_killed_leaves_nothing(self) -> None:
        for number in (signal.SIGKILL, signal.SIGTERM):
            with subprocess.Popen(
                [sys.executable, "-c", WAITING],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
            ) as process:
                assert process.stdout is not None
                assert process.stderr is not None
                path = Path(os.fsdecode(process.stdout.readline()).strip())
                self.assertTrue((path / "value").exists())
                process.send_signal(number)
                # The process that removes it holds the other end until it has.
                self.assertEqual(process.stderr.read(), b"")
                self.assertFalse(path.exists())
            self.assertEqual(process.returncode, -number)

    def test_a_disk_is_refused_unless_it_is_meant(self) -> None:
        self.patch(_memory_files, "_MOUNTS", Path("/nowhere"))
        context = _memory_files.private_directory()
        error = self.assertRaises(CommandError, context.__enter__)
        self.assertIn("add --on-disk", str(error))
        with _memory_files.private_directory(on_disk=True) as path:
            self.assertEqual(path.stat().st_mode & 0o777, 0o700)
        self.assertFalse(path.exists())

    def test_nothing_is_replaced(self) -> None:
        with _memory_files.private_directory() as path:
            _memory_files.write(path / "value", b"one")
            self.assertRaises(CommandError, _memory_files.write, path / "value", b"two")
