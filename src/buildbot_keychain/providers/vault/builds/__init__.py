"""How a build gets a token of its own: as a child of the provider's token, or by a signed JWT.

The rule: what a build may do is decided by the server, by facts about the build that no build can
set itself.

The theory: a `BuildAccess` is an argument of `SecretInVault`, without state. Its `open` returns a
new token for a requester; ``scopes`` decides when that is needed, and renews and revokes it.
Policies, roles and paths may depend on the requester, by a `Template`.

The plan: `_template` is pure; `_build_access` is what `_child_tokens` and `_build_jwt` share.
"""

from __future__ import annotations

from buildbot_keychain.providers.vault.builds._build_access import AccessDependencies, BuildAccess
from buildbot_keychain.providers.vault.builds._build_jwt import VaultBuildJwt
from buildbot_keychain.providers.vault.builds._child_tokens import VaultChildTokens
from buildbot_keychain.providers.vault.builds._template import Template

__all__ = [
    "AccessDependencies",
    "BuildAccess",
    "Template",
    "VaultBuildJwt",
    "VaultChildTokens",
]
