"""Which secret a command line names."""

from __future__ import annotations

from twisted.trial.unittest import SynchronousTestCase

from buildbot_keychain.cli import UsageError
from buildbot_keychain.cli.store._names import parse, plain


class NamesTests(SynchronousTestCase):
    def test_names_versions_and_fields(self) -> None:
        for text, expected in (
            ("a/b", ("a/b", None, None)),
            ("a@3", ("a", 3, None)),
            ("a|b", ("a", None, "b")),
            ("a@3|b@4", ("a", 3, "b@4")),
            ("me@host", ("me@host", None, None)),
        ):
            self.assertEqual(parse(text), expected)

    def test_what_names_nothing(self) -> None:
        for text in ("", "a|", "|b", "@3"):
            self.assertRaises(UsageError, parse, text)

    def test_a_secret_as_a_whole(self) -> None:
        self.assertEqual(plain("a/b"), "a/b")
        for text in ("a@3", "a|b"):
            self.assertRaises(UsageError, plain, text)
