"""The manager and the providers, for ``c["secretsProviders"]``."""

from __future__ import annotations

from buildbot_keychain.buildbot import (
    SecretInAFile,
    SecretInAwsSecretsManager,
    SecretInEnvironment,
    SecretInHTTP,
    SecretInKubernetes,
    SecretInOneFile,
    SecretInPass,
    SecretInSops,
    SecretInVault,
    SecretManager,
    now,
)
from buildbot_keychain.providers.vault import (
    VaultAuthenticatorApprole,
    VaultAuthenticatorCert,
    VaultAuthenticatorJwt,
    VaultAuthenticatorKubernetes,
    VaultAuthenticatorLdap,
    VaultAuthenticatorToken,
    VaultAuthenticatorTokenFile,
    VaultAuthenticatorUserpass,
    VaultBuildJwt,
    VaultChildTokens,
)

__all__ = [
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
    "now",
]
