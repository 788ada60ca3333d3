"""Finds roles that a policy asks to approve, and that nobody can have."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from buildbot.www.authz.roles import (
    RolesFromBase,
    RolesFromDomain,
    RolesFromEmails,
    RolesFromOwner,
    RolesFromUsername,
)

from buildbot_keychain.policy import Policy


def missing_approvers(config: Any, policy: Policy | None) -> Iterator[str]:
    """Yield a sentence for each role of an `Approval` that no role matcher of `config` gives.

    :param config: Buildbot's ``MasterConfig``, loaded.
    """
    authz = config.www.get("authz")
    roles = _roles_of(getattr(authz, "roleMatchers", ()))
    if policy is None or roles is None:
        return
    for rule in policy.rules:
        for role in () if rule.approval is None else rule.approval.by:
            if role not in roles:
                yield (
                    f"{rule.location}: {rule!r}: nobody can approve as {role!r}: no role matcher "
                    f'of c["www"]["authz"] gives that role'
                )


def _roles_of(matchers: Iterable[Any]) -> frozenset[str] | None:
    """Return the roles that people may be given; ``None`` where nobody knows them."""
    roles: set[str] = set()
    for matcher in matchers:
        cls = type(matcher)
        if cls is RolesFromUsername:
            roles.update(matcher.roles if matcher.usernames else ())
        elif cls is RolesFromEmails or cls is RolesFromDomain:
            found = matcher.roles if cls is RolesFromEmails else matcher.domain_roles
            roles.update(role for some in found.values() for role in some)
        elif cls is not RolesFromBase and cls is not RolesFromOwner:
            # Groups are known only when somebody logs in, as is what other classes do.
            return None
    return frozenset(roles)
