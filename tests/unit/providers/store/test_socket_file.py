"""The unix socket on which a process listens."""

from __future__ import annotations

import os
import shutil
import socket
import stat
import tempfile
from pathlib import Path

from twisted.trial.unittest import SkipTest, SynchronousTestCase

from buildbot_keychain.errors import StoreConflict, StoreError
from buildbot_keychain.providers.store._socket_file import SocketFile, problem


class SocketFileTests(SynchronousTestCase):
    def setUp(self) -> None:
        # A socket's path cannot be long; inodes are used again on a disk, and not in memory.
        self.base = Path(tempfile.mkdtemp(prefix="keychain", dir="/tmp"))
        self.addCleanup(shutil.rmtree, self.base)
        self.path = self.base / "sockets" / "one"

    def make(self, path: Path | None = None) -> SocketFile:
        made = SocketFile(path or self.path)
        self.addCleanup(made.remove)
        return made

    def test_it_is_closed_to_others_and_removed(self) -> None:
        made = self.make()
        for path, mode in ((self.path, 0o600), (self.path.parent, 0o700)):
            self.assertEqual(stat.S_IMODE(path.stat().st_mode), mode)
        made.remove()
        self.assertFalse(self.path.exists())

    def test_one_of_a_process_that_was_killed_is_replaced(self) -> None:
        self.make().socket.close()
        self.assertTrue(self.path.is_socket())
        self.make()
        with socket.socket(socket.AF_UNIX) as connection:
            connection.connect(str(self.path))

    def test_one_on_which_somebody_listens_is_not(self) -> None:
        self.make()
        error = self.assertRaises(StoreConflict, SocketFile, self.path)
        self.assertIn("another process listens on", str(error))
        self.assertTrue(self.path.exists())

    def test_nothing_else_is(self) -> None:
        self.path.parent.mkdir(mode=0o700)
        (self.base / "target").write_text("content")
        for make in (
            lambda: self.path.write_text("content"),
            lambda: self.path.symlink_to(self.base / "target"),
            self.path.mkdir,
            lambda: os.mkfifo(self.path),
        ):
            make()
            error = self.assertRaises(StoreError, SocketFile, self.path)
            self.assertIn("is not a socket of this user, and is not replaced", str(error))
            self.assertTrue(os.path.lexists(self.path))
            self.path.rmdir() if self.path.is_dir() else self.path.unlink()
        self.assertEqual((self.base / "target").read_text(), "content")

    def test_another_file_in_its_place_stays(self) -> None:
        made = self.make()
        self.path.unlink()
        self.path.write_text("content")
        made.remove()
        self.assertTrue(self.path.exists())

    def test_that_of_whoever_comes_next_stays(self) -> None:
        """Another process takes the place over at once, and its file may have the same inode."""
        made = self.make()
        next_ones: list[SocketFile] = []

        class TakenOver:
            """A socket; when it is closed, another process listens there."""

            def fileno(self) -> int:
                return made_socket.fileno()

            def close(self) -> None:
                made_socket.close()
                next_ones.append(case.make())

        case, made_socket = self, made.socket
        self.patch(made, "socket", TakenOver())
        made.remove()
        self.assertEqual(len(next_ones), 1)
        self.assertTrue(self.path.is_socket())
        made.socket = made_socket
        made.remove()
        self.assertTrue(self.path.is_socket())

    def test_a_directory_that_is_open_to_others(self) -> None:
        self.path.parent.mkdir(mode=0o755)
        error = self.assertRaises(StoreError, SocketFile, self.path)
        self.assertIn("run: chmod 700", str(error))
        self.assertIn("run: chmod 700", problem(self.path) or "")

    def test_a_directory_in_that_of_another_user(self) -> None:
        """Whoever runs a command as root makes nothing there that its owner cannot use."""
        if os.geteuid():
            raise SkipTest("only root can give a directory away")
        os.chown(self.base, 65534, -1)
        error = self.assertRaises(StoreError, SocketFile, self.path)
        self.assertIn("which belongs to another user; make it", str(error))
        self.assertIn("which belongs to another user; make it", problem(self.path) or "")
        self.assertFalse(self.path.parent.exists())

    def test_a_path_that_is_too_long(self) -> None:
        long = self.base / ("x" * 107)
        self.assertIn(
            "set socket to a shorter one", str(self.assertRaises(StoreError, SocketFile, long))
        )

    def test_a_directory_that_is_missing(self) -> None:
        error = self.assertRaises(StoreError, SocketFile, self.base / "a" / "b" / "c")
        self.assertIn("there is no directory", str(error))

    def test_what_can_be_known_before(self) -> None:
        self.assertIsNone(problem(self.path))
        self.assertIsNone(problem(Path("relative")))
        self.assertIn("there is no directory", problem(self.base / "a" / "b" / "c") or "")
