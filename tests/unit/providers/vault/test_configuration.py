"""Arguments that are wrong, and what the errors say about them."""

from __future__ import annotations

from typing import Any

from twisted.trial.unittest import SynchronousTestCase

from buildbot_keychain.errors import ConfigurationError
from buildbot_keychain.providers.http import TlsFiles
from buildbot_keychain.providers.vault import (
    SecretInVault,
    VaultAuthenticatorApprole,
    VaultAuthenticatorToken,
    VaultBuildJwt,
)
from buildbot_keychain.rendering import Secret
from buildbot_keychain.rendering._names import is_data

HERE = "https://127.0.0.1:9"
HIDDEN = "correct-horse"


class ConfigurationTests(SynchronousTestCase):
    """`check_arguments`, as `SecretInVault` calls it."""

    def configuration(self, **arguments: Any) -> Any:
        given = {"vault_server": HERE, "authenticator": HIDDEN, **arguments}
        return SecretInVault(**given).configuration

    def test_what_is_understood(self) -> None:
        configuration = self.configuration(
            secrets_mount="/kv/", mounts=["database", "team/kv/"], namespace="a/b", timeout=5
        )
        self.assertEqual(configuration.secrets_mount, "kv")
        self.assertEqual(configuration.mounts, ("database", "team/kv"))
        self.assertEqual((configuration.namespace, configuration.timeout), ("a/b", 5.0))
        self.assertEqual(configuration.authenticator, VaultAuthenticatorToken(HIDDEN))
        configuration = self.configuration(authenticator=Secret("file!token"))
        self.assertEqual(configuration.authenticator, VaultAuthenticatorToken(Secret("file!token")))

    def test_files_of_tls(self) -> None:
        for client_cert, files in (
            (None, (None, None)),
            ("/both", ("/both", None)),
            (["/both"], ("/both", None)),
            (("/certificate", "/key"), ("/certificate", "/key")),
        ):
            tls: TlsFiles = self.configuration(ca_bundle="/ca", client_cert=client_cert).tls
            self.assertEqual((tls.ca, tls.certificate, tls.key), ("/ca", *files))

    def test_no_build_can_fill_in_a_delimiter(self) -> None:
        for character in map(chr, range(0x20, 0x250)):
            for option in ("path_delimiter", "path_escape"):
                try:
                    self.configuration(**{option: character})
                except ConfigurationError:
                    continue
                self.assertFalse(is_data(character), character)

    def test_each_error_names_the_argument_and_what_is_wrong(self) -> None:
        for arguments, reason in (
            ({"vault_server": "vault"}, "vault_server must be a URL such as"),
            ({"vault_server": "vault"}, "it must begin with https:// or http:// and a host"),
            ({"vault_server": f"https://u:{HIDDEN}@v"}, "must not contain a user or a password"),
            ({"vault_server": []}, "the list is empty"),
            ({"vault_server": 5}, "a URL is a str, not int"),
            ({"authenticator": VaultAuthenticatorApprole}, "it is the class VaultAuthenticatorA"),
            ({"authenticator": 5}, "authenticator must be a token, or a VaultAuthenticator"),
            ({"build_access": VaultBuildJwt}, "it is the class VaultBuildJwt, not an instance"),
            ({"path_template": "ci/%(builder)s"}, "does not contain %(path)s"),
            ({"path_template": "ci/%(pth)s/%(path)s"}, "%(pth)s"),
            ({"path_template": "/ci/%(path)s"}, "is not a path"),
            ({"path_escape": "|"}, "another character than path_delimiter"),
            ({"path_delimiter": "."}, "a character that builds cannot fill in: no letter"),
            ({"timeout": 61}, "at most 60"),
            ({"api_version": 3}, "api_version must be 1, 2, or None"),
            ({"api_version": [2]}, "api_version must be 1, 2, or None"),
            ({"api_version": 1.0}, "api_version must be 1, 2, or None"),
            ({"api_version": True}, "api_version must be 1, 2, or None"),
            ({"connections": True}, "connections must be a number from 1 to 100"),
            ({"connections": 0}, "connections must be a number from 1 to 100"),
        ):
            options: Any = arguments
            error = self.assertRaises(ConfigurationError, self.configuration, **options)
            self.assertIn(reason, str(error))
            self.assertNotIn(HIDDEN, str(error))
