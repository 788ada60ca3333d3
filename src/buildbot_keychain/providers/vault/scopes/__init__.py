"""Scopes: what the server made for a build or for services, and how it ends.

The rule: nothing that was made for a build outlives it. A token's accessor is remembered before the
token is used; the token is revoked when the build ends, or when the master starts again.

The theory: a scope is a build, or all services together. It has one token, from its first lookup
on; what an engine makes with that token is leased to it, so that revoking the token revokes all of
it. A scope is a `TokenSource`: a build's lookups of KV may use its token too. Token and leases are
renewed while the scope lasts.

The plan: `_lease` is pure; `_leases` are those of one scope; `_scope` is one, `_scopes` are all of
a provider; `_revocations` revokes, and tries again until that has worked.
"""

from __future__ import annotations

from buildbot_keychain.providers.vault.scopes._scopes import Scopes

__all__ = ["Scopes"]
