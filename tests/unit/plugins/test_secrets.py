from __future__ import annotations

from buildbot.plugins import secrets as buildbot_secrets
from twisted.trial.unittest import SynchronousTestCase

from buildbot_keychain import plugins
from buildbot_keychain.buildbot.providers import SecretInVault
from buildbot_keychain.plugins import secrets

BUILDBOTS = (
    "HashiCorpVaultKvSecretProvider",
    "SecretInAFile",
    "SecretInPass",
    "VaultAuthenticatorApprole",
    "VaultAuthenticatorToken",
)


class SecretsTests(SynchronousTestCase):
    def test_buildbots_names_are_ours(self) -> None:
        for name in BUILDBOTS:
            self.assertIsNot(getattr(secrets, name), getattr(buildbot_secrets, name))

    def test_buildbots_vault_takes_buildbots_arguments(self) -> None:
        provider = secrets.HashiCorpVaultKvSecretProvider(
            vault_server="http://localhost:8200",
            authenticator=secrets.VaultAuthenticatorApprole(
                roleId=plugins.util.Secret("role"), secretId=plugins.util.Secret("id")
            ),
            secrets_mount="kv",
            api_version=2,
            path_delimiter="|",
            path_escape="\\",
        )
        self.assertIsInstance(provider, SecretInVault)

    def test_what_others_registered_is_there(self) -> None:
        self.assertIs(secrets.keychain, buildbot_secrets.keychain)

    def test_what_nobody_has_is_missing(self) -> None:
        self.assertFalse(hasattr(secrets, "NoSuchThing"))

    def test_what_was_meant_by_a_misspelt_name_is_said(self) -> None:
        for name, meant in (("SecretInFile", "SecretInAFile"), ("SecretsInVault", "SecretInVault")):
            error = self.assertRaises(AttributeError, getattr, secrets, name)
            self.assertEqual(str(error), f"Unknown component name: {name}; did you mean {meant!r}?")
