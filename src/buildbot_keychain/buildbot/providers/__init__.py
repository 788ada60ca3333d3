"""The providers that a ``master.cfg`` can name, each a `HostedProvider` of a class of the core.

They are used directly in ``c["secretsProviders"]``, or in a `SecretManager`.
"""

from __future__ import annotations

from buildbot_keychain.buildbot.providers._direct_answers import hide_answers
from buildbot_keychain.buildbot.providers._hosted import HostedProvider
from buildbot_keychain.providers import (
    aws,
    environment,
    files,
    http,
    kubernetes,
    password_store,
    sops,
    store,
    vault,
)

__all__ = [
    "HostedProvider",
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
    "hide_answers",
]


class SecretInAFile(HostedProvider):
    """Each secret is a file of its own; the arguments are `buildbot_keychain.SecretInAFile`'s."""

    name = "SecretInAFile"
    provider_class = files.SecretInAFile


class SecretInAwsSecretsManager(HostedProvider):
    """AWS Secrets Manager; the arguments are `buildbot_keychain.SecretInAwsSecretsManager`'s."""

    name = "SecretInAwsSecretsManager"
    provider_class = aws.SecretInAwsSecretsManager


class SecretInEnvironment(HostedProvider):
    """Environment variables; the arguments are `buildbot_keychain.SecretInEnvironment`'s."""

    name = "SecretInEnvironment"
    provider_class = environment.SecretInEnvironment


class SecretInHTTP(HostedProvider):
    """A server's answers; the arguments are `buildbot_keychain.SecretInHTTP`'s."""

    name = "SecretInHTTP"
    provider_class = http.SecretInHTTP


class SecretInKubernetes(HostedProvider):
    """Secrets of Kubernetes; the arguments are `buildbot_keychain.SecretInKubernetes`'s."""

    name = "SecretInKubernetes"
    provider_class = kubernetes.SecretInKubernetes


class SecretInOneFile(HostedProvider):
    """Many secrets in a file; the arguments are `buildbot_keychain.SecretInOneFile`'s."""

    name = "SecretInOneFile"
    provider_class = files.SecretInOneFile


class SecretInPass(HostedProvider):
    """The Unix password store; the arguments are `buildbot_keychain.SecretInPass`'s."""

    name = "SecretInPass"
    provider_class = password_store.SecretInPass


class SecretInSops(HostedProvider):
    """Files that sops encrypted; the arguments are `buildbot_keychain.SecretInSops`'s."""

    name = "SecretInSops"
    provider_class = sops.SecretInSops


class SecretInStore(HostedProvider):
    """The encrypted store; the arguments are `buildbot_keychain.SecretInStore`'s."""

    name = "SecretInStore"
    provider_class = store.SecretInStore


class SecretInVault(HostedProvider):
    """Secrets of a Vault; the arguments are `buildbot_keychain.SecretInVault`'s."""

    name = "SecretInVault"
    provider_class = vault.SecretInVault
