"""What ``withSecrets`` takes, and how it refuses the rest."""

from __future__ import annotations

from twisted.trial.unittest import TestCase

from buildbot_keychain.buildbot.secret_files._blocks import check_overlap, check_path, parse_block
from buildbot_keychain.errors import ConfigurationError
from buildbot_keychain.rendering import Secret


class ParseTests(TestCase):
    """`parse_block`."""

    def test_pairs(self) -> None:
        """Lists and tuples, renderables and plain values, in the order given."""
        block = parse_block([("a", Secret("x")), ["b/c", "plain"], (Secret("path"), b"bytes")])

        self.assertEqual([file.path for file in block.files], ["a", "b/c", Secret("path")])
        self.assertEqual(block.files[2].content, b"bytes")

    def test_nothing(self) -> None:
        """No files are no files."""
        self.assertEqual(parse_block([]).files, ())

    def test_wrong_shapes(self) -> None:
        """Each is refused, and what was given is not shown: it may be a password."""
        for wrong in (
            "netrc",
            {"netrc": "hunter2"},
            None,
            ["hunter2"],
            [("hunter2",)],
            [("netrc", "hunter2", "more")],
            [("netrc", 17)],
            [("netrc", None)],
            [("netrc", Secret)],
            [(b"netrc", "hunter2")],
            [(17, "hunter2")],
        ):
            problem = self.assertRaises(ConfigurationError, parse_block, wrong)
            self.assertIn("(path, renderable) pairs", str(problem))
            self.assertNotIn("hunter2", str(problem))

    def test_same_path_twice(self) -> None:
        """Also when it is spelt in two ways."""
        problem = self.assertRaises(
            ConfigurationError, parse_block, [("a/b", "1"), ("./a//b", "2")]
        )

        self.assertIn("'./a//b' twice", str(problem))

    def test_same_path_in_an_inner_block(self) -> None:
        """The outer block's file is there already."""
        outer = parse_block([("a", "1"), ("b", "2")])

        check_overlap(parse_block([("c", "3")]), outer)
        problem = self.assertRaises(
            ConfigurationError, check_overlap, parse_block([("./b", "3")]), outer
        )

        self.assertIn("'b'", str(problem))

    def test_equality_is_what_was_asked_for(self) -> None:
        """A reconfiguration that changes nothing sees no change, and one that does sees one."""
        self.assertEqual(parse_block([("a", Secret("x"))]), parse_block([("a", Secret("x"))]))
        self.assertNotEqual(parse_block([("a", Secret("x"))]), parse_block([("a", Secret("y"))]))

    def test_contents_are_not_shown(self) -> None:
        """A block is printed by Buildbot, as an argument of its steps."""
        self.assertEqual(repr(parse_block([("a", "hunter2")])), "Block(['a'])")


class CheckPathTests(TestCase):
    """`check_path`."""

    def test_good(self) -> None:
        """Names of files."""
        for path in ("a", "a/b", "../a", "/a", "~/.netrc", "C:\\a", ".a", "a b", "\u00e4", "-a"):
            check_path(path)

    def test_bad(self) -> None:
        """What names no file, each with its reason."""
        for path, reason in (
            ("", "is empty"),
            (" ", "is empty"),
            ("a\nb", "cannot be printed"),
            ("a\0b", "cannot be printed"),
            ("a/", "names a directory"),
            ("a\\", "names a directory"),
            ("a/..", "names a directory"),
            (".", "names a directory"),
            ("~", "another user's home"),
            ("~bob/a", "another user's home"),
        ):
            problem = self.assertRaises(ConfigurationError, check_path, path)
            self.assertIn(reason, str(problem))
