"""Ways to log in, the life of the provider's token, and requests that are made with a token.

The rule: a token is sent by `VaultServers` and nobody else, is kept in memory only, and is never in
an error, a log or a ``repr``.

The theory: `Session` sends a request with a token of a `TokenSource`. Where the server denies it,
the token may be dead or older than its policy, so the session asks the source for another one and
tries once more; when that is denied too, the policy is the reason. The sources are `ProviderToken`,
by a login, and a build's scope in ``scopes``.

The plan: `_token` is pure; `_login` is what an authenticator may use; `_authenticators` and
`_approle` are the ways to log in; `_provider_token` keeps one token alive; `_session` uses it.
"""

from __future__ import annotations

from buildbot_keychain.providers.vault.auth._approle import VaultAuthenticatorApprole
from buildbot_keychain.providers.vault.auth._authenticators import (
    NoAuthenticator,
    VaultAuthenticator,
    VaultAuthenticatorCert,
    VaultAuthenticatorJwt,
    VaultAuthenticatorKubernetes,
    VaultAuthenticatorLdap,
    VaultAuthenticatorToken,
    VaultAuthenticatorTokenFile,
    VaultAuthenticatorUserpass,
)
from buildbot_keychain.providers.vault.auth._login import render_secret
from buildbot_keychain.providers.vault.auth._provider_token import ProviderToken
from buildbot_keychain.providers.vault.auth._session import Session
from buildbot_keychain.providers.vault.auth._token import Token, parse_renewed_token, parse_token

__all__ = [
    "NoAuthenticator",
    "ProviderToken",
    "Session",
    "Token",
    "VaultAuthenticator",
    "VaultAuthenticatorApprole",
    "VaultAuthenticatorCert",
    "VaultAuthenticatorJwt",
    "VaultAuthenticatorKubernetes",
    "VaultAuthenticatorLdap",
    "VaultAuthenticatorToken",
    "VaultAuthenticatorTokenFile",
    "VaultAuthenticatorUserpass",
    "parse_renewed_token",
    "parse_token",
    "render_secret",
]
