from __future__ import annotations

import fcntl
import json
import os
import subprocess
import sys
import textwrap
from pathlib import Path
from unittest import mock

from buildbot_keychain.errors import KeyRingError, StoreError
from buildbot_keychain.store import private_files as module
from buildbot_keychain.store.private_files import LOCK, open_private
from tests.support.store_keys import StoreFilesTestCase

ROOT = Path(__file__).parents[3]
NOBODY = 65534

KILLS = """
    import json, os, sys
    from pathlib import Path
    from buildbot_keychain.store.private_files import LOCK, open_private
    from tests.support.kills import FILE_CALLS, kill_at_each

    directory, method = Path(sys.argv[1]), sys.argv[2]
    found = []

    def work():
        with open_private(directory) as private, private.locked():
            getattr(private, method)("ring", b"new")

    def check():
        with open_private(directory) as private:
            found.append(private.read("ring", 10))
            if method == "create" and found[-1] == b"new":
                os.unlink(directory / "ring")
        assert not set(os.listdir(directory)) - {"ring", ".ring.new", LOCK}

    kills = kill_at_each(FILE_CALLS, work, check)
    print(json.dumps({"kills": kills, "found": sorted({str(one) for one in found})}))
"""


class PrivateFileTests(StoreFilesTestCase):
    def names(self) -> list[str]:
        return sorted(path.name for path in self.directory.iterdir() if path.name != LOCK)

    def read(self, name: str = "ring", max_size: int = 100) -> bytes | None:
        with open_private(self.directory, KeyRingError) as private:
            return private.read(name, max_size)

    def problem(self, name: str = "ring", max_size: int = 100) -> str:
        return str(self.assertRaises(KeyRingError, self.read, name, max_size))

    def test_what_is_written_is_private_and_read(self) -> None:
        self.addCleanup(os.umask, os.umask(0))
        with open_private(self.directory) as private, private.locked():
            private.create("ring", b"one")
            self.assertEqual(private.read("ring", 3), b"one")
            private.replace("ring", b"two")
            self.assertEqual(private.read("ring", 3), b"two")
            self.assertRaises(FileExistsError, private.create, "ring", b"three")
            self.assertEqual(private.read("ring", 3), b"two")
        self.assertEqual(self.names(), ["ring"])
        self.assertEqual((self.directory / "ring").stat().st_mode & 0o7777, 0o600)

    def test_no_file(self) -> None:
        self.assertIsNone(self.read())

    def test_a_file_that_others_can_read_or_write(self) -> None:
        path = self.directory / "ring"
        path.touch()
        for mode in (0o640, 0o604, 0o620, 0o601):
            path.chmod(mode)
            self.assertIn(f"run: chmod 600 {path}", self.problem())

    def test_a_directory_that_others_can_enter(self) -> None:
        for mode in (0o750, 0o701, 0o770):
            self.directory.chmod(mode)
            self.assertIn(f"run: chmod 700 {self.directory}", self.problem())

    def test_what_others_may_read_but_not_write(self) -> None:
        path = self.directory / "seen"
        path.touch()
        for modes, accepted in (
            ((0o755, 0o644), True),
            ((0o775, 0o644), False),
            ((0o755, 0o664), False),
        ):
            self.directory.chmod(modes[0])
            path.chmod(modes[1])
            try:
                with open_private(self.directory, readable=True) as private:
                    found = private.read("seen", 1) == b""
            except StoreError:
                found = False
            self.assertEqual(found, accepted, modes)

    def test_files_and_directories_of_others(self) -> None:
        (self.directory / "ring").touch(mode=0o600)
        with mock.patch("os.geteuid", return_value=os.geteuid() + 1):
            self.assertIn("run this as", self.problem())
        if os.geteuid() == 0:
            os.chown(self.directory / "ring", NOBODY, -1)
            self.assertIn("belongs to nobody", self.problem())

    def test_links_are_not_followed(self) -> None:
        target = self.directory / "target"
        target.touch(mode=0o600)
        (self.directory / "ring").symlink_to(target)
        self.assertIn("is a link", self.problem())
        with open_private(self.directory) as private, private.locked():
            private.replace("ring", b"new")
        self.assertEqual((target.read_bytes(), self.read()), (b"", b"new"))

    def test_other_things_and_sizes(self) -> None:
        os.mkfifo(self.directory / "fifo", 0o600)
        (self.directory / "folder").mkdir(mode=0o700)
        for name in ("fifo", "folder"):
            self.assertIn("is not a regular file", self.problem(name))
        (self.directory / "ring").touch(mode=0o600)
        (self.directory / "ring").write_bytes(b"12345")
        self.assertEqual(self.read(max_size=5), b"12345")
        self.assertIn("longer than 4 bytes", self.problem(max_size=4))

    def test_a_directory_that_is_none(self) -> None:
        for path, expected in (
            (self.directory / "missing", "mkdir -m 700"),
            (self.directory / "file", "Not a directory"),
        ):
            (self.directory / "file").touch()
            error = self.assertRaises(StoreError, open_private(path).__enter__)
            self.assertIn(expected, str(error))

    def test_a_disk_that_is_full(self) -> None:
        with open_private(self.directory, KeyRingError) as private, private.locked():
            private.create("ring", b"old")
            with mock.patch("os.fsync", side_effect=OSError(28, "No space left on device")):
                error = self.assertRaises(KeyRingError, private.replace, "ring", b"new")
            self.assertIn("cannot write", str(error))
            self.assertIn("No space left", str(error))
            self.assertEqual(private.read("ring", 100), b"old")
        self.assertEqual(self.names(), ["ring"])

    def lock(self) -> None:
        with open_private(self.directory, KeyRingError) as private, private.locked():
            pass

    def test_the_lock_is_one_that_others_cannot_hold(self) -> None:
        """Whoever may read the directory can lock that."""
        descriptor = os.open(self.directory, os.O_RDONLY)
        self.addCleanup(os.close, descriptor)
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        self.addCleanup(os.umask, os.umask(0))
        self.lock()
        self.lock()
        self.assertEqual((self.directory / LOCK).stat().st_mode & 0o7777, 0o600)

    def test_a_lock_that_is_held_for_too_long(self) -> None:
        with (
            mock.patch.object(module, "_WAIT", 0.1),
            open_private(self.directory) as private,
            private.locked(),
        ):
            error = self.assertRaises(KeyRingError, self.lock)
        self.assertIn(f"another process has held {self.directory / LOCK} for", str(error))
        self.lock()

    def test_a_lock_that_is_not_ours_alone(self) -> None:
        path = self.directory / LOCK
        path.touch()
        path.chmod(0o644)
        self.directory.chmod(0o755)
        with open_private(self.directory, readable=True) as private:
            error = self.assertRaises(StoreError, private.locked().__enter__)
        self.assertIn(f"chmod 600 {path}", str(error))
        self.directory.chmod(0o700)
        path.unlink()
        path.symlink_to(self.directory / "elsewhere")
        self.assertIn("cannot lock", str(self.assertRaises(KeyRingError, self.lock)))
        self.assertFalse((self.directory / "elsewhere").exists())

    def test_a_kill_at_any_point_leaves_the_old_file_or_the_new_one(self) -> None:
        for method, before in (("create", None), ("replace", b"old")):
            if before is not None:
                with open_private(self.directory) as private, private.locked():
                    private.create("ring", before)
            done = subprocess.run(
                [sys.executable, "-c", textwrap.dedent(KILLS), str(self.directory), method],
                cwd=ROOT,
                capture_output=True,
                text=True,
                timeout=100,
                check=False,
            )
            self.assertEqual((done.stderr, done.returncode), ("", 0))
            result = json.loads(done.stdout)
            self.assertGreater(result["kills"], 6)
            self.assertEqual(result["found"], sorted([str(before), "b'new'"]))
