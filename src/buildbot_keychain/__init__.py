"""Secrets for Buildbot masters, and for any Twisted program: found, rendered, never shown.

This package knows Twisted and nothing of Buildbot; what a ``master.cfg`` imports is in
`buildbot_keychain.plugins`.
"""

from __future__ import annotations

from buildbot_keychain.details import Requester, SecretDetails
from buildbot_keychain.manager import SecretManager
from buildbot_keychain.providers.aws import SecretInAwsSecretsManager
from buildbot_keychain.providers.environment import SecretInEnvironment
from buildbot_keychain.providers.files import SecretInAFile, SecretInOneFile
from buildbot_keychain.providers.http import SecretInHTTP
from buildbot_keychain.providers.kubernetes import SecretInKubernetes
from buildbot_keychain.providers.password_store import SecretInPass
from buildbot_keychain.providers.sops import SecretInSops
from buildbot_keychain.providers.vault import SecretInVault
from buildbot_keychain.rendering import Interpolate, Secret

__all__ = [
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
]
