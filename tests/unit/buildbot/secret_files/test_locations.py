"""What a path means, on workers of both kinds."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st
from twisted.trial.unittest import TestCase

from buildbot_keychain.buildbot.secret_files._errors import SecretFileError
from buildbot_keychain.buildbot.secret_files._locations import (
    FileLocation,
    RememberedFile,
    RequestedPath,
    requested_path,
)


def posix(path: str, workdir: str = "build") -> RequestedPath:
    """Return where a path leads on a worker with POSIX paths."""
    return requested_path(path, workdir=workdir, builddir="/w/builder")


class RequestedPathTests(TestCase):
    """`requested_path`."""

    def test_relative(self) -> None:
        """It starts in the working directory, which stays when the file is removed."""
        wanted = posix("a/b")

        self.assertEqual(wanted, RequestedPath("a/b", ".", ("build", "a", "b"), kept=1))
        self.assertEqual(wanted.followed, 0)

    def test_dots(self) -> None:
        """They may lead out of the working directory, not out of the builder's."""
        self.assertEqual(posix("../a").parts, ("a",))
        self.assertEqual(posix("../a").kept, 0)
        self.assertEqual(posix("./x/../a").parts, ("build", "a"))
        for path in ("../../a", "../../builder2/a", "a/../../../b"):
            problem = self.assertRaises(SecretFileError, posix, path)
            self.assertIn("out of the builder's directory", str(problem))

    def test_absolute(self) -> None:
        """It is that path, and links among its directories are the administrator's."""
        wanted = posix("/run/user//key")

        self.assertEqual(wanted, RequestedPath("/run/user//key", "/", ("run", "user", "key")))
        self.assertEqual(wanted.followed, 3)

    def test_absolute_in_the_builder(self) -> None:
        """It means what the relative path to there means."""
        wanted = posix("/w/builder/build/a/b")

        self.assertEqual(
            wanted, RequestedPath("/w/builder/build/a/b", ".", ("build", "a", "b"), kept=1)
        )

    def test_home(self) -> None:
        """It is that of the worker's user, which the worker knows."""
        self.assertEqual(posix("~/.netrc"), RequestedPath("~/.netrc", "~", (".netrc",)))
        self.assertRaises(SecretFileError, posix, "~/../root/.netrc")

    def test_absolute_working_directory(self) -> None:
        """Relative paths start there."""
        wanted = posix("a/b", workdir="/srv/x")
        self.assertEqual(
            wanted, RequestedPath("a/b", "/", ("srv", "x", "a", "b"), kept=2, trusted=2)
        )
        self.assertEqual(wanted.followed, 2)

    def test_links_in_a_working_directory_are_those_of_builds(self) -> None:
        """However the path is written; its directories are kept only for a relative one."""
        wanted = posix("/srv/x/a/b", workdir="/srv/x")
        self.assertEqual((wanted.kept, wanted.followed), (0, 2))
        self.assertEqual(posix("/b", workdir="/").followed, 0)
        self.assertEqual(posix("b", workdir="/").followed, 0)
        self.assertEqual(posix("../y/b", workdir="/srv/x").followed, 3)
        self.assertEqual(posix("/srv/y/b", workdir="/srv/x").followed, 3)

    def test_working_directory_is_the_builders(self) -> None:
        """An empty one, as some factories have."""
        self.assertEqual(posix("a", workdir=""), RequestedPath("a", ".", ("a",)))

    def test_windows(self) -> None:
        """The same rules with other signs, and without regard to case."""

        def windows(path: str) -> RequestedPath:
            return requested_path(path, workdir="build", builddir="C:\\w\\builder", windows=True)

        self.assertEqual(windows("a/b"), RequestedPath("a/b", ".", ("build", "a", "b"), kept=1))
        self.assertEqual(windows("c:\\W\\Builder\\a").parts, ("a",))
        self.assertEqual(
            windows("D:\\keys\\a"), RequestedPath("D:\\keys\\a", "D:\\", ("keys", "a"))
        )
        self.assertEqual(windows("~\\a"), RequestedPath("~\\a", "~", ("a",)))
        self.assertRaises(SecretFileError, windows, "..\\..\\a")

    @given(st.lists(st.sampled_from(["a", "b", "..", ".", "builder", "build"]), min_size=1))
    def test_never_leads_elsewhere(self, parts: list[str]) -> None:
        """However a relative path is put together, it ends in the builder's directory."""
        try:
            wanted = posix("/".join(parts))
        except SecretFileError:
            return
        self.assertEqual(wanted.start, ".")
        self.assertNotIn("..", wanted.parts)
        self.assertLess(wanted.kept, len(wanted.parts))


class FileLocationTests(TestCase):
    """`FileLocation`."""

    def test_same_file(self) -> None:
        """How much of the way existed when it was looked up makes no difference."""
        self.assertTrue(
            FileLocation("a", "/w", ("x", "y"), 0, "a").is_same_file(
                FileLocation("b", "/w/x/y", (), 0, "a")
            )
        )
        self.assertTrue(
            FileLocation("a", "C:\\w", ("x",), 0, "a").is_same_file(
                FileLocation("a", "c:\\W\\X", (), 0, "A")
            )
        )
        self.assertFalse(
            FileLocation("a", "/w", (), 0, "a").is_same_file(FileLocation("a", "/v", (), 0, "a"))
        )
        self.assertTrue(
            FileLocation("a", "/", ("x",), 0, "a").is_same_file(FileLocation("a", "/x", (), 0, "a"))
        )


class RememberedFileTests(TestCase):
    """`RememberedFile`."""

    wanted = RequestedPath("x/y/a", ".", ("build", "x", "y", "a"), 1, "linux")

    def test_record(self) -> None:
        """It comes back from a database as it was."""
        file = RememberedFile(self.wanted, 2)
        self.assertEqual(RememberedFile.from_record(file.as_record()), file)
        for trusted in (0, 2, None):
            file = RememberedFile(replace(self.wanted, start="/", base="", trusted=trusted), 2)
            self.assertEqual(RememberedFile.from_record(file.as_record()), file)

    def test_record_of_an_earlier_version(self) -> None:
        """It had one number for what is kept and what is trusted."""
        record = RememberedFile(replace(self.wanted, start="/", base=""), 2).as_record()
        del record["trusted"]
        for kept, followed in ((1, 1), (0, 4)):
            wanted = RememberedFile.from_record({**record, "kept": kept}).wanted
            self.assertEqual(wanted.followed, followed)

    def test_what_is_no_record(self) -> None:
        """Names that could lead elsewhere are refused."""
        good = RememberedFile(self.wanted, 2).as_record()
        for wrong in (
            {**good, "parts": ["../x"]},
            {**good, "parts": ["build", ""]},
            {**good, "parts": []},
            {**good, "new": "many"},
            {**good, "new": 4},
            {**good, "new": -1},
            {**good, "trusted": "all"},
            {"path": "a", "at": "/w", "made": [], "shared": 0, "name": "a"},
        ):
            with self.assertRaises((KeyError, ValueError)):
                RememberedFile.from_record(wrong)

    def test_where_it_was_found(self) -> None:
        """With the directories that were made for it, where they still lie on its way."""
        found = FileLocation("x/y/a", "/w/linux/build/x/y", (), 0, "a")
        self.assertEqual(
            RememberedFile(self.wanted, 2).located(found),
            FileLocation("x/y/a", "/w/linux/build", ("x", "y"), 0, "a"),
        )
        self.assertEqual(
            RememberedFile(self.wanted, 3).located(found),
            FileLocation("x/y/a", "/w/linux", ("build", "x", "y"), 1, "a"),
        )
        windows = FileLocation("x/y/a", "C:\\w\\linux\\build\\X\\y", (), 0, "a")
        self.assertEqual(
            RememberedFile(self.wanted, 3).located(windows),
            FileLocation("x/y/a", "C:\\w\\linux", ("build", "x", "y"), 1, "a"),
        )
        at_root = RequestedPath("/x/a", "/", ("x", "a"))
        self.assertEqual(
            RememberedFile(at_root, 1).located(FileLocation("/x/a", "/x", (), 0, "a")),
            FileLocation("/x/a", "/", ("x",), 0, "a"),
        )
        elsewhere = FileLocation("x/y/a", "/elsewhere", (), 0, "a")
        self.assertEqual(RememberedFile(self.wanted, 2).located(elsewhere), elsewhere)

    def test_the_same_path(self) -> None:
        file = RememberedFile(self.wanted)
        self.assertTrue(file.is_at(replace(self.wanted, path="./x/y/a", kept=0)))
        self.assertFalse(file.is_at(replace(self.wanted, base="docs")))
        self.assertFalse(file.is_at(replace(self.wanted, parts=("a",))))
