"""HashiCorp Vault and OpenBao: `SecretInVault`, ways to log in, and access of builds.

The rule: a secret is read when it is asked for and never kept; a token is kept in memory only; what
was made for a build ends with it. No file, variable or proxy is used but what the arguments name.

The theory: a lookup is a path through layers, each of which knows only those below it.

1. `_provider` (`SecretInVault`): a name is located in a mount, and read there.
2. ``scopes``: dynamic secrets, made for a build or for services, and revoked with it.
3. ``builds``: how a build gets a token of its own.
4. ``secrets``: what a name means, what is mounted where, entries of KV.
5. ``auth``: a login, the token that it returned, and a session that sends requests with it.
6. ``renewal``: when a token or a lease is renewed.
7. ``transport``: a request goes to whichever server answers, within the lookup's deadline.

Beside them, `_transit` has a key of the server's open an encrypted store (`TransitKeyOf`), and
`_listing` yields the entries of KV for an import into one.
Arguments are checked in `_configuration`; what exists from a start to a stop is in `_runtime`.

The plan for a change: when something is renewed is decided in ``renewal``; the request is in
``auth._provider_token`` for the provider's token, in ``scopes._scope`` for the token of a build or
of services, and in ``scopes._leases`` for a lease. A new way to log in is a class in ``auth``; a
new way to answer a server's refusal is in ``transport``.
"""

from __future__ import annotations

from buildbot_keychain.providers.vault._listing import vault_entries
from buildbot_keychain.providers.vault._provider import SecretInVault
from buildbot_keychain.providers.vault._transit import TransitKeyOf
from buildbot_keychain.providers.vault.auth import (
    VaultAuthenticatorApprole,
    VaultAuthenticatorCert,
    VaultAuthenticatorJwt,
    VaultAuthenticatorKubernetes,
    VaultAuthenticatorLdap,
    VaultAuthenticatorToken,
    VaultAuthenticatorTokenFile,
    VaultAuthenticatorUserpass,
)
from buildbot_keychain.providers.vault.builds import VaultBuildJwt, VaultChildTokens

__all__ = [
    "SecretInVault",
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
    "vault_entries",
]
