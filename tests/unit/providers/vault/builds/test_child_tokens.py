"""Children of the provider's token."""

from __future__ import annotations

from twisted.trial.unittest import SynchronousTestCase

from buildbot_keychain.errors import ConfigurationError
from buildbot_keychain.providers.vault.builds import VaultChildTokens


class ArgumentTests(SynchronousTestCase):
    """The arguments of `VaultChildTokens`."""

    def test_they_are_shown(self) -> None:
        self.assertEqual(
            repr(VaultChildTokens(["a"], role="r")), "VaultChildTokens(['a'], role='r', ttl=1200)"
        )

    def test_wrong_ones_are_refused(self) -> None:
        for make, reason in (
            (lambda: VaultChildTokens("ci"), "policies must be a list"),
            (lambda: VaultChildTokens(["ci-%(bulider)s"]), "%(bulider)s"),
            (lambda: VaultChildTokens([""]), "not blank"),
            (lambda: VaultChildTokens([5]), "of type int"),  # type: ignore[list-item]
            (lambda: VaultChildTokens(role="a/b"), "role"),
            (lambda: VaultChildTokens(ttl=1), "60 at least"),
        ):
            self.assertIn(reason, str(self.assertRaises(ConfigurationError, make)))
