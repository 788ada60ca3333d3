from __future__ import annotations

from twisted.trial.unittest import SynchronousTestCase
from zope.interface.verify import verifyObject

from buildbot_keychain.web import ISecrets
from buildbot_keychain.web.host_secrets import Listed
from tests.support.secrets_in_memory import SecretsInMemory


class SecretsTests(SynchronousTestCase):
    def test_a_secret_is_called_so_that_one_provider_is_asked(self) -> None:
        self.assertEqual(Listed("vault", "a/b!c").name, "vault!a/b!c")

    def test_those_of_tests_are_like_those_of_a_host(self) -> None:
        verifyObject(ISecrets, SecretsInMemory())
