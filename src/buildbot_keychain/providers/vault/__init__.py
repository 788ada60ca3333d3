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
`mounts`          which engine is mounted where
`kv`              entries of KV, and their fields
`settings`        the provider's arguments, checked
`provider`        `SecretInVault`
================  =============================================================================

``work`` is a function that is run in a thread with an ``hvac.Client``. A mount that is not KV is
read by the provider's ``dynamic_reader``, which has ``provider.opened.session`` to do it with.
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
]
