from __future__ import annotations

from twisted.trial.unittest import SynchronousTestCase

from buildbot_keychain.errors import ConfigurationError
from buildbot_keychain.providers.arguments._extras import require


class RequireTests(SynchronousTestCase):
    def test_what_is_there_is_enough(self) -> None:
        require("p", "x", "json", "twisted")
        require("p", "x")

    def test_what_is_missing_is_named_with_the_command(self) -> None:
        error = self.assertRaises(
            ConfigurationError, require, "SecretInX", "x", "json", "no_such_library", "nor_this"
        )
        self.assertEqual(
            str(error),
            "SecretInX needs no_such_library and nor_this; run: pip install 'buildbot-keychain[x]'",
        )
