"""The manager and the providers, for ``c["secretsProviders"]``.

Buildbot's names for providers are ours here. What others have registered in Buildbot's ``secrets``
is here too, so a ``master.cfg`` needs only this one.
"""

from __future__ import annotations

from difflib import get_close_matches
from typing import Any

from buildbot.plugins import secrets as _buildbot_secrets

from buildbot_keychain.audit import AuditToDatabase, AuditToFile, AuditToSyslog
from buildbot_keychain.buildbot import (
    SecretInAFile,
    SecretInAwsSecretsManager,
    SecretInEnvironment,
    SecretInHTTP,
    SecretInKubernetes,
    SecretInOneFile,
    SecretInPass,
    SecretInSops,
    SecretInStore,
    SecretInVault,
    SecretManager,
    now,
)
from buildbot_keychain.metrics import MetricsPort
from buildbot_keychain.policy import Allow, Approval, Deny
from buildbot_keychain.providers.vault import (
    TransitKeyOf,
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
from buildbot_keychain.resilience import Resilience
from buildbot_keychain.store.unlocking import AgeIdentityFrom, PassphraseFrom

__all__ = [
    "AgeIdentityFrom",
    "Allow",
    "Approval",
    "AuditToDatabase",
    "AuditToFile",
    "AuditToSyslog",
    "Deny",
    "HashiCorpVaultKvSecretProvider",
    "MetricsPort",
    "PassphraseFrom",
    "Resilience",
    "SecretInAFile",
    "SecretInAwsSecretsManager",
    "SecretInEnvironment",
    "SecretInHTTP",
    "SecretInKubernetes",
    "SecretInOneFile",
    "SecretInPass",
    "SecretInSops",
    "SecretInStore",
    "SecretInVault",
    "SecretManager",
    "TransitKeyOf",
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

HashiCorpVaultKvSecretProvider = SecretInVault
"""Buildbot's name for it; the arguments are the same."""


def __getattr__(name: str) -> Any:  # noqa: ANN401 - any type
    try:
        return getattr(_buildbot_secrets, name)
    except AttributeError as error:
        close = get_close_matches(name, __all__, 1)
        if not close:
            raise
        msg = f"{error}; did you mean {close[0]!r}?"
        raise AttributeError(msg) from None
