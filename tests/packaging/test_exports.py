"""The public names, frozen: whoever changes them changes this list, and the change log."""

from __future__ import annotations

import importlib

from twisted.trial.unittest import SynchronousTestCase

EXPORTS = {
    "buildbot_keychain": [
        "Interpolate",
        "Requester",
        "Secret",
        "SecretDetails",
        "SecretInAFile",
        "SecretInAwsSecretsManager",
        "SecretInEnvironment",
        "SecretInHTTP",
        "SecretInKubernetes",
        "SecretInOneFile",
        "SecretInPass",
        "SecretInSops",
        "SecretInVault",
        "SecretManager",
    ],
    "buildbot_keychain.providers.vault": [
        "SecretInVault",
        "VaultAuthenticatorApprole",
        "VaultAuthenticatorCert",
        "VaultAuthenticatorJwt",
        "VaultAuthenticatorKubernetes",
        "VaultAuthenticatorLdap",
        "VaultAuthenticatorToken",
        "VaultAuthenticatorTokenFile",
        "VaultAuthenticatorUserpass",
        "VaultBuildJwt",
        "VaultChildTokens",
    ],
    "buildbot_keychain.redaction": [
        "FORMS",
        "PARTS",
        "Form",
        "Match",
        "Part",
        "Protection",
        "RedactionPolicy",
        "RedactionStream",
        "Redactor",
        "Spelling",
        "WeakSecret",
    ],
    "buildbot_keychain.testing": [
        "LookupTests",
        "ProviderContract",
    ],
    "buildbot_keychain.plugins.secrets": [
        "SecretInAFile",
        "SecretInAwsSecretsManager",
        "SecretInEnvironment",
        "SecretInHTTP",
        "SecretInKubernetes",
        "SecretInOneFile",
        "SecretInPass",
        "SecretInSops",
        "SecretInVault",
        "SecretManager",
        "VaultAuthenticatorApprole",
        "VaultAuthenticatorCert",
        "VaultAuthenticatorJwt",
        "VaultAuthenticatorKubernetes",
        "VaultAuthenticatorLdap",
        "VaultAuthenticatorToken",
        "VaultAuthenticatorTokenFile",
        "VaultAuthenticatorUserpass",
        "VaultBuildJwt",
        "VaultChildTokens",
    ],
    "buildbot_keychain.plugins.util": [
        "BuildFactory",
        "Interpolate",
        "Secret",
    ],
}


class ExportTests(SynchronousTestCase):
    """`__all__` of each public module."""

    def test_nothing_came_or_went(self) -> None:
        """Each module offers these names and no others, in this order."""
        for module, names in EXPORTS.items():
            self.assertEqual(list(importlib.import_module(module).__all__), names, module)

    def test_each_name_is_there(self) -> None:
        """A name in `__all__` without an object behind it breaks `import *`."""
        for module, names in EXPORTS.items():
            offered = vars(importlib.import_module(module))
            self.assertEqual([name for name in names if name not in offered], [], module)
