"""Secrets for Buildbot masters and for any Twisted program: looked up, rendered, never shown.

What this module exports needs Twisted only; a ``master.cfg`` imports `buildbot_keychain.plugins`.

`providers`       where secrets are kept
`lookups`         how the providers are asked; `manager`, a service that owns them
`resilience`      what stands between the two: caches, deadlines, limits
`rendering`       texts that name secrets
`redaction`       hides the values in texts and streams
`audit`           who had which secret: events, and what writes them
`metrics`         plain numbers for Prometheus
`errors`          everything that is raised; `boundary`, why no error holds a value
`interfaces`      what to implement for a provider, a renderable or a host
`testing`         tests for the authors of providers
`buildbot`        all of the above in a Buildbot master; `plugins`, what its ``master.cfg`` imports
`web`             the pages that a master serves; `www`, what Buildbot loads of them
`cli`             the command ``buildbot-keychain``
"""

from __future__ import annotations

from buildbot_keychain.audit import AuditToDatabase, AuditToFile, AuditToSyslog
from buildbot_keychain.details import Requester, SecretDetails, SourceStamp
from buildbot_keychain.manager import SecretManager
from buildbot_keychain.metrics import MetricsPort
from buildbot_keychain.policy import Allow, Deny
from buildbot_keychain.providers.aws import SecretInAwsSecretsManager
from buildbot_keychain.providers.environment import SecretInEnvironment
from buildbot_keychain.providers.files import SecretInAFile, SecretInOneFile
from buildbot_keychain.providers.http import SecretInHTTP
from buildbot_keychain.providers.kubernetes import SecretInKubernetes
from buildbot_keychain.providers.password_store import SecretInPass
from buildbot_keychain.providers.sops import SecretInSops
from buildbot_keychain.providers.store import SecretInStore
from buildbot_keychain.providers.vault import SecretInVault
from buildbot_keychain.rendering import Interpolate, Secret
from buildbot_keychain.resilience import Resilience

__all__ = [
    "Allow",
    "AuditToDatabase",
    "AuditToFile",
    "AuditToSyslog",
    "Deny",
    "Interpolate",
    "MetricsPort",
    "Requester",
    "Resilience",
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
    "SecretInStore",
    "SecretInVault",
    "SecretManager",
    "SourceStamp",
]
