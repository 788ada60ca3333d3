from __future__ import annotations

import os
from pathlib import Path

from twisted.trial.unittest import SynchronousTestCase

from buildbot_keychain.store.imports import _files
from buildbot_keychain.store.imports._files import FileProblem, content_of, files_below


class ContentTests(SynchronousTestCase):
    def setUp(self) -> None:
        self.path = Path(self.mktemp())

    def why(self, limit: int = 10) -> str:
        return self.assertRaises(FileProblem, content_of, self.path, limit).why

    def test_a_file_up_to_the_limit_is_read(self) -> None:
        for content in (b"", b"0123456789"):
            self.path.write_bytes(content)
            self.assertEqual(content_of(self.path, 10), content)
        self.path.write_bytes(b"0123456789a")
        self.assertEqual(self.why(), "is larger than 0 MiB")

    def test_what_is_not_a_regular_file_is_not_waited_for(self) -> None:
        os.mkfifo(self.path)
        self.assertEqual(self.why(), "is not a regular file")

    def test_a_link_is_not_followed(self) -> None:
        self.path.symlink_to(os.devnull)
        self.assertIn("cannot be read", self.why())

    def test_a_file_that_is_missing_or_a_directory(self) -> None:
        self.assertEqual(self.why(), "does not exist")
        self.path.mkdir()
        self.assertEqual(self.why(), "cannot be read: Is a directory")

    def test_a_file_without_a_size_is_read_up_to_the_limit(self) -> None:
        """As those of /proc, which say that they are empty."""
        self.path = Path("/proc/self/status")
        self.assertIn(b"Name:", content_of(self.path, 1 << 20))
        self.assertEqual(self.why(), "grows while it is read")


class DirectoryTests(SynchronousTestCase):
    def setUp(self) -> None:
        self.root = Path(self.mktemp())
        self.root.mkdir()

    def found(self, *left_out: str) -> dict[str, Path | str]:
        below = files_below(self.root, lambda d: d not in left_out, lambda f: f not in left_out)
        return {path: f.why if isinstance(f, FileProblem) else f for path, f in below}

    def test_files_are_found_in_their_order(self) -> None:
        for name in ("b/y", "b/x/z", "a", "left/a", "c"):
            path = self.root / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.touch()
        found = self.found("left", "c")
        self.assertEqual(list(found), ["a", "b/y", "b/x/z"])
        self.assertEqual(found["b/y"], self.root / "b/y")

    def test_links_and_other_files_are_problems(self) -> None:
        (self.root / "link").symlink_to("/etc/passwd")
        (self.root / "directory").symlink_to("/etc")
        os.mkfifo(self.root / "pipe")
        expected = {
            "directory": "is a link",
            "link": "is a link",
            "pipe": "is not a regular file",
        }
        self.assertEqual(self.found(), expected)

    def test_a_directory_that_is_missing(self) -> None:
        self.root.rmdir()
        self.assertIn("cannot be listed", self.found()["."])

    def test_too_many_files(self) -> None:
        self.patch(_files, "MAX_FILES", 2)
        for name in "abc":
            (self.root / name).touch()
        found = self.found()
        self.assertEqual(list(found), ["a", "b", "c"])
        self.assertIn("more than 2 files", str(found["c"]))

    def test_too_many_directories_within_each_other(self) -> None:
        deep = "/".join("d" * 150)
        (self.root / deep).mkdir(parents=True)
        (self.root / deep / "x").touch()
        (why,) = self.found().values()
        self.assertIn("within more than 100 directories", str(why))
