"""HashiCorp Vault and OpenBao: `SecretInVault`, ways to log in, and access of builds."""

from __future__ import annotations

from buildbot_keychain.providers.vault._provider import SecretInVault
from buildbot_keychain.providers.vault.auth._approle import VaultAuthenticatorApprole
from buildbot_keychain.providers.vault.auth._authenticators import (
    VaultAuthenticatorCert,
    VaultAuthenticatorJwt,
    VaultAuthenticatorKubernetes,
    VaultAuthenticatorLdap,
    VaultAuthenticatorToken,
    VaultAuthenticatorTokenFile,
    VaultAuthenticatorUserpass,
)
from buildbot_keychain.providers.vault.builds._build_jwt import VaultBuildJwt
from buildbot_keychain.providers.vault.builds._child_tokens import VaultChildTokens

__all__ = [
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
]
