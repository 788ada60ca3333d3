"""Which secret a command line names."""

from __future__ import annotations

from twisted.trial.unittest import SynchronousTestCase

from buildbot_keychain.cli import UsageError
from buildbot_keychain.cli.store._names import parse, plain
from buildbot_keychain.errors import InvalidName
from buildbot_keychain.store.names import SecretName


class NamesTests(SynchronousTestCase):
    def test_names_versions_and_fields(self) -> None:
        for text, expected in (
            ("a/b", SecretName("a/b")),
            ("a@3", SecretName("a", 3)),
            ("a|b", SecretName("a", None, "b")),
            ("a@3|b@4", SecretName("a", 3, "b@4")),
            ("me@host", SecretName("me@host")),
        ):
            self.assertEqual(parse(text), expected)

    def test_what_names_nothing(self) -> None:
        for text in ("", "a|", "|b", "a@3|"):
            self.assertRaises(UsageError, parse, text)
        for text in ("@3", "vault!a", "a@1@2", " a"):
            self.assertRaises(InvalidName, parse, text)

    def test_a_secret_as_a_whole(self) -> None:
        self.assertEqual(plain("a/b"), "a/b")
        for text in ("a@3", "a|b"):
            self.assertRaises(UsageError, plain, text)
