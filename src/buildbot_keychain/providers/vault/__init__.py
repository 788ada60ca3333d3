"""HashiCorp Vault and OpenBao.

What each module is for, from the bottom up:

================  =============================================================================
`addresses`       where servers listen, and which are listed; pure
`names`           ``path|field@version``; pure
`answers`         what a response means: an answer, or one of a few kinds of trouble; pure
`token`           a token and how long it lives; pure
`trust`           TLS: whom we believe, and what we show of ourselves
`channel`         one thread's connections: deadlines, no redirects, nothing of the environment
`client`          hvac, behind one module, on top of a channel
`lookup`          one errand: its deadline, and the words of its errors
`connection`      several servers: ``await connection.call(lookup, work)``
`login`           what a login may use
`authenticator`   what all ways to log in have in common; `approle`, `authenticators`: the ways
`tokens`          one token that is kept alive
`session`         requests with that token: ``await session.call(lookup, work, path=…)``
`caller`          whose token a request is made with
`mounts`          which engine is mounted where
`kv`              entries of KV, and their fields
`template`        paths and names with places for who asks; pure
`dynamic_name`    ``path?parameter=value|field``; `lease`: what it gives, and how long; pure
`build_access`    how a build comes to a token: `child_tokens`, `build_jwt` with `jwt_issuer`
`renewals`        renews in time; `revocations`: revokes for certain
`leases`          what one scope was given; `scope`: its token; `scopes`: all of a provider
`dynamic`         dynamic secrets, and their fields
`settings`        the provider's arguments, checked
`opened`          what there is from a start to a stop
`provider`        `SecretInVault`
================  =============================================================================

``work`` is a function that is run in a thread with an ``hvac.Client``.
"""

from __future__ import annotations

from buildbot_keychain.providers.vault.approle import VaultAuthenticatorApprole
from buildbot_keychain.providers.vault.authenticators import (
    VaultAuthenticatorCert,
    VaultAuthenticatorJwt,
    VaultAuthenticatorKubernetes,
    VaultAuthenticatorLdap,
    VaultAuthenticatorToken,
    VaultAuthenticatorTokenFile,
    VaultAuthenticatorUserpass,
)
from buildbot_keychain.providers.vault.build_jwt import VaultBuildJwt
from buildbot_keychain.providers.vault.child_tokens import VaultChildTokens
from buildbot_keychain.providers.vault.provider import SecretInVault

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
