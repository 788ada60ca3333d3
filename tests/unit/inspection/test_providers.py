from __future__ import annotations

from types import SimpleNamespace

from twisted.trial.unittest import SynchronousTestCase

from buildbot_keychain.inspection._providers import policy_of, providers_of
from buildbot_keychain.plugins import secrets


class ProviderTests(SynchronousTestCase):
    def test_of_a_manager_and_beside_it(self) -> None:
        one, two = (secrets.SecretInEnvironment(f"KEYCHAIN_{n}_", name=n) for n in ("one", "two"))
        rule = secrets.Allow("*", outside=True)
        config = SimpleNamespace(
            secretsProviders=[secrets.SecretManager([one], policy=[rule]), two]
        )
        self.assertEqual(providers_of(config), [one, two])
        policy = policy_of(config)
        self.assertIsNotNone(policy)
        self.assertEqual(policy and policy.rules, (rule,))

    def test_without_a_policy(self) -> None:
        self.assertIsNone(policy_of(SimpleNamespace(secretsProviders=[])))
