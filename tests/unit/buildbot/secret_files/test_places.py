"""What a path means, on workers of both kinds."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st
from twisted.trial.unittest import TestCase

from buildbot_keychain.buildbot.secret_files.failures import SecretFileError
from buildbot_keychain.buildbot.secret_files.places import Place, Target, target_of


def posix(path: str, workdir: str = "build") -> Target:
    """Give where a path leads on a worker with POSIX paths."""
    return target_of(path, workdir=workdir, builddir="/w/builder")


class TargetTests(TestCase):
    """`target_of`."""

    def test_relative(self) -> None:
        """It starts in the working directory, which stays when the file is removed."""
        target = posix("a/b")

        self.assertEqual(target, Target("a/b", ".", ("build", "a", "b"), shared=1))
        self.assertFalse(target.follows_links)

    def test_dots(self) -> None:
        """They may lead out of the working directory, not out of the builder's."""
        self.assertEqual(posix("../a").parts, ("a",))
        self.assertEqual(posix("../a").shared, 0)
        self.assertEqual(posix("./x/../a").parts, ("build", "a"))
        for path in ("../../a", "../../builder2/a", "a/../../../b"):
            problem = self.assertRaises(SecretFileError, posix, path)
            self.assertIn("out of the builder's directory", str(problem))

    def test_absolute(self) -> None:
        """It is that path, and links among its directories are the administrator's."""
        target = posix("/run/user//key")

        self.assertEqual(target, Target("/run/user//key", "/", ("run", "user", "key")))
        self.assertTrue(target.follows_links)

    def test_absolute_in_the_builder(self) -> None:
        """It means what the relative path to there means."""
        target = posix("/w/builder/build/a/b")

        self.assertEqual(target, Target("/w/builder/build/a/b", ".", ("build", "a", "b"), shared=1))

    def test_home(self) -> None:
        """It is that of the worker's user, which the worker knows."""
        self.assertEqual(posix("~/.netrc"), Target("~/.netrc", "~", (".netrc",)))
        self.assertRaises(SecretFileError, posix, "~/../root/.netrc")

    def test_absolute_working_directory(self) -> None:
        """Relative paths start there."""
        self.assertEqual(
            posix("a/b", workdir="/srv/x"), Target("a/b", "/", ("srv", "x", "a", "b"), shared=2)
        )

    def test_working_directory_is_the_builders(self) -> None:
        """An empty one, as some factories have."""
        self.assertEqual(posix("a", workdir=""), Target("a", ".", ("a",)))

    def test_windows(self) -> None:
        """The same rules with other signs, and without regard to case."""

        def windows(path: str) -> Target:
            return target_of(path, workdir="build", builddir="C:\\w\\builder", windows=True)

        self.assertEqual(windows("a/b"), Target("a/b", ".", ("build", "a", "b"), shared=1))
        self.assertEqual(windows("c:\\W\\Builder\\a").parts, ("a",))
        self.assertEqual(windows("D:\\keys\\a"), Target("D:\\keys\\a", "D:\\", ("keys", "a")))
        self.assertEqual(windows("~\\a"), Target("~\\a", "~", ("a",)))
        self.assertRaises(SecretFileError, windows, "..\\..\\a")

    @given(st.lists(st.sampled_from(["a", "b", "..", ".", "builder", "build"]), min_size=1))
    def test_never_leads_elsewhere(self, parts: list[str]) -> None:
        """However a relative path is put together, it ends in the builder's directory."""
        try:
            target = posix("/".join(parts))
        except SecretFileError:
            return
        self.assertEqual(target.start, ".")
        self.assertNotIn("..", target.parts)
        self.assertLess(target.shared, len(target.parts))


class PlaceTests(TestCase):
    """`Place`."""

    def test_record(self) -> None:
        """It comes back from a database as it was."""
        place = Place("a/b", "/w", ("build", "a"), 1, "b")

        self.assertEqual(Place.from_record(place.as_record()), place)

    def test_what_is_no_record(self) -> None:
        """Names that could lead elsewhere are refused."""
        good = Place("a", "/w", ("x",), 0, "a").as_record()
        for wrong in (
            {**good, "name": "../x"},
            {**good, "name": ""},
            {**good, "made": [".."]},
            {**good, "shared": "many"},
            {"name": "a"},
        ):
            with self.assertRaises((KeyError, ValueError)):
                Place.from_record(wrong)

    def test_same_file(self) -> None:
        """How much of the way existed when it was looked up makes no difference."""
        self.assertTrue(
            Place("a", "/w", ("x", "y"), 0, "a").same_file(Place("b", "/w/x/y", (), 0, "a"))
        )
        self.assertFalse(Place("a", "/w", (), 0, "a").same_file(Place("a", "/v", (), 0, "a")))
        self.assertTrue(Place("a", "/", ("x",), 0, "a").same_file(Place("a", "/x", (), 0, "a")))
