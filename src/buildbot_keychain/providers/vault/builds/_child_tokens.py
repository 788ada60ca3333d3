"""`VaultChildTokens`: a child of the provider's token for each build.

::

    VaultChildTokens()                                                as mighty as the provider
    VaultChildTokens(policies=["ci-%(builder)s"], role="ci-build")    with these policies only
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from buildbot_keychain.details import Requester
from buildbot_keychain.errors import quote
from buildbot_keychain.providers.vault.builds._build_access import (
    BuildAccess,
    Means,
    ScopeToken,
    claims_of,
    filled,
    scope_token,
)
from buildbot_keychain.providers.vault.builds._template import Template
from buildbot_keychain.providers.vault.transport._request_context import Lookup
from buildbot_keychain.providers.vault.transport._responses import Refusal, Refused

TTL = 1200
"""Seconds that a token lives when nobody renews it: how long what a build was given outlives a
master that never comes back, and how long a server may be away before a build loses it."""

_CREATE = "auth/token/create"


class VaultChildTokens(BuildAccess):
    """A child of the provider's token for each build.

    :param policies: what the child may do; each may say ``%(builder)s``, ``%(project)s``,
        ``%(branch)s`` and ``%(worker)s``. None for all that the provider itself may do.
    :param role: a token role, which may allow policies that the provider does not have itself, and
        should make orphans: a child ends with its parent.
    :param ttl: seconds that it lives without being renewed.
    """

    def __init__(
        self, policies: Sequence[str] = (), *, role: str | None = None, ttl: int = TTL
    ) -> None:
        if isinstance(policies, str) or not isinstance(policies, (list, tuple)):
            self.fail_config("policies", "a list of names", type(policies).__name__)
        self.policies = tuple(policies)
        for policy in self.policies:
            self.template("policies", policy)
        if role is not None and not (isinstance(role, str) and re.fullmatch(r"[\w.@+-]+", role)):
            self.fail_config("role", "the name of a token role", quote(role))
        self.role = role
        self.ttl = self.seconds("ttl", ttl, 60)

    async def open(self, means: Means, lookup: Lookup, requester: Requester | None) -> ScopeToken:
        """Have a child made."""
        body = {
            "ttl": f"{self.ttl}s",
            "renewable": True,
            "display_name": _display_name(requester),
            "meta": {name: str(value) for name, value in claims_of(requester).items()},
        }
        if self.policies:
            body["policies"] = [filled(Template(p), requester, lookup) for p in self.policies]
        path = _CREATE if self.role is None else f"{_CREATE}/{self.role}"
        problem = None
        try:
            answer = await means.session.call(
                lookup,
                lambda client: client.adapter.post(f"/v1/{path}", json=body),
                path=path,
                denial=(
                    f"a build is not given a token of its own: allow the capability 'update' on "
                    f"{path} to the provider's token"
                ),
            )
        except Refused as refused:
            problem = _no_child(refused, self.role)
        if problem is not None:
            raise lookup.denied(problem)
        return scope_token(answer, means, lookup)

    def __repr__(self) -> str:
        return f"VaultChildTokens({list(self.policies)!r}, role={self.role!r}, ttl={self.ttl!r})"


def _display_name(requester: Requester | None) -> str:
    if requester is None or requester.scope is None:
        return "buildbot"
    return re.sub(r"[^\w.-]", "-", requester.scope)


def _no_child(refused: Refused, role: str | None) -> str:
    reason = f"a build is not given a token of its own: the server {refused.reason}"
    if refused.refusal is not Refusal.BAD_REQUEST:
        return reason
    if role is None:
        return f"{reason}; its policies must be some of the provider's own, or need a token role"
    return f"{reason}; check that the token role {role!r} is there and allows its policies"
