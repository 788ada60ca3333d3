"""`VaultChildTokens`: a child of the provider's token for each build.

::

    VaultChildTokens()                                                may do what the provider may
    VaultChildTokens(policies=["ci-%(builder)s"], role="ci-build")    has these policies only
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from buildbot_keychain.details import Requester
from buildbot_keychain.errors import quote
from buildbot_keychain.providers.vault.auth import Token
from buildbot_keychain.providers.vault.builds._build_access import (
    AccessDependencies,
    BuildAccess,
    fill_in,
    revocable_token,
)
from buildbot_keychain.providers.vault.builds._facts import known_facts
from buildbot_keychain.providers.vault.transport import (
    RequestContext,
    VaultRefusal,
    VaultRefused,
)

TTL = 1200
"""Seconds that a token lives when nobody renews it: how long what a build was given outlives a
master that never comes back, and how long a server may be away before a build loses it."""


class VaultChildTokens(BuildAccess):
    """A child of the provider's token for each build.

    :param policies: what the child may do; each may contain ``%(builder)s``, ``%(project)s``,
        ``%(branch)s`` and ``%(worker)s``. None for all that the provider itself may do.
    :param role: a token role, which may allow policies that the provider does not have itself, and
        should make orphans: a child ends with its parent.
    :param ttl: seconds that it lives without being renewed.
    """

    def __init__(
        self, policies: Sequence[str] = (), *, role: str | None = None, ttl: int = TTL
    ) -> None:
        if not isinstance(policies, (list, tuple)):
            problem = f"it is of type {type(policies).__name__}"
            self.fail_config("policies", "a list of names", problem)
        self.policies = tuple(
            self.check_template("policies", policy, "policy") for policy in policies
        )
        if role is not None and not (isinstance(role, str) and re.fullmatch(r"[\w.@+-]+", role)):
            self.fail_config("role", "the name of a token role", f"it is {quote(role)}")
        self.role = role
        self.ttl = self.check_seconds("ttl", ttl, 60)

    async def open(
        self,
        dependencies: AccessDependencies,
        context: RequestContext,
        requester: Requester | None,
    ) -> Token:
        """Have the server make a child."""
        session = dependencies.session
        request = session.api.hvac.auth.token.create(
            role_name=self.role,
            policies=[fill_in(p, requester, context, names="policy") for p in self.policies]
            or None,
            meta={name: _as_text(value) for name, value in known_facts(requester).items()},
            renewable=True,
            ttl=f"{self.ttl}s",
            display_name=_display_name(requester),
        )
        denial = (
            "a build is not given a token of its own: allow the capability 'update' on "
            f"{request.path} to the provider's token"
        )
        # This may be sent twice, when the first answer is lost: nobody has the token in that
        # answer, and it ends after its ttl, as nobody renews it.
        try:
            answer = await session.send(context, request, denial=denial)
        except VaultRefused as refused:
            raise context.denied(_explain_refused_creation(refused, self.role)) from refused
        return revocable_token(answer, dependencies.clock, context)

    def __repr__(self) -> str:
        return f"VaultChildTokens({list(self.policies)!r}, role={self.role!r}, ttl={self.ttl!r})"


def _display_name(requester: Requester | None) -> str:
    if requester is None or requester.scope is None:
        return "buildbot"
    return re.sub(r"[^\w.-]", "-", requester.scope)


def _as_text(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _explain_refused_creation(refused: VaultRefused, role: str | None) -> str:
    reason = f"a build is not given a token of its own: the server {refused.reason}"
    if refused.refusal is not VaultRefusal.BAD_REQUEST:
        return reason
    if role is None:
        return f"{reason}; its policies must be some of the provider's own, or need a token role"
    return f"{reason}; check that the token role {role!r} exists and allows its policies"
