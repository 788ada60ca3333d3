"""A Vault that a command line names; what is asked of it: tests/integration."""

from __future__ import annotations

from twisted.trial.unittest import SynchronousTestCase

from buildbot_keychain.cli import UsageError
from buildbot_keychain.cli.store import _vault

EXAMPLE = "https://vault:8200/secret"


class UrlTests(SynchronousTestCase):
    def test_the_server_and_the_path(self) -> None:
        for url, expected in (
            (EXAMPLE, ("https://vault:8200", "secret")),
            ("http://[::1]:8200/a/b%20c/", ("http://[::1]:8200", "a/b c")),
        ):
            self.assertTrue(_vault.is_address(url))
            self.assertEqual(_vault.parts(url, EXAMPLE), expected)

    def test_what_cannot_be_meant(self) -> None:
        for url in (
            "https://vault",
            "https://me@vault/x",
            "https://vault/x?y",
            "https://vault/x#y",
        ):
            self.assertRaises(UsageError, _vault.parts, url, EXAMPLE)
        error = self.assertRaises(UsageError, _vault.parts, "https://vault/", EXAMPLE)
        self.assertIn(f"as in {EXAMPLE}", str(error))
