"""`ALLOWED`: who may do what, by role, and of which scope a token must be for it.

Whoever is not in it may do nothing. Whether an approver may decide on this very request is up to
the approvals, which know who made it.
"""

from __future__ import annotations

from collections.abc import Collection
from enum import Enum

from buildbot_keychain.bearer_tokens import (
    DECIDE_APPROVALS,
    READ_APPROVALS,
    READ_AUDIT,
    READ_METRICS,
    READ_SECRETS,
    RUN_INSPECTIONS,
    WRITE_SECRETS,
)


class Role(Enum):
    """What a visitor is to the page."""

    ADMIN = "admin"
    """One of the roles ``admin_roles`` of the configuration."""
    VIEWER = "viewer"
    """One of the roles ``viewer_roles``."""
    APPROVER = "approver"
    """A role that a rule of the policy names in ``Approval(by=...)``."""
    ANYBODY = "anybody"
    """Everybody, whoever is not logged in as well."""


class Action(Enum):
    """What is done."""

    OPEN = "open"
    SEE_APPROVALS = "see approvals"
    DECIDE = "decide"
    SEE_SECRETS = "see secrets"
    SEE_METRICS = "see metrics"
    SEE_COUNTS = "see counts"
    """See metrics as a person: they count what viewers may not know of."""
    TRY = "try"
    """Ask whom the policy would give a secret, and why."""
    MAINTAIN = "maintain"
    """Ask a provider whether it answers, and have it asked anew."""
    SEE_STORES = "see stores"
    CHANGE = "change"
    """Change secrets of an encrypted store."""
    SEE_AUDIT = "see audit"
    SEE_INSPECTIONS = "see inspections"
    """See what ``check`` and ``doctor`` have found."""
    INSPECT = "inspect"
    """Have one of them inspect the host."""
    FORCE = "force"
    """Have a build made, if the host lets the visitor do so by its own forms."""


ALLOWED = {
    Action.OPEN: frozenset({Role.ADMIN, Role.VIEWER, Role.APPROVER}),
    Action.SEE_APPROVALS: frozenset({Role.ADMIN, Role.VIEWER, Role.APPROVER}),
    Action.DECIDE: frozenset({Role.APPROVER}),
    Action.SEE_SECRETS: frozenset({Role.ADMIN, Role.VIEWER}),
    Action.SEE_METRICS: frozenset({Role.ADMIN, Role.VIEWER}),
    Action.SEE_COUNTS: frozenset({Role.ADMIN}),
    Action.TRY: frozenset({Role.ADMIN}),
    Action.MAINTAIN: frozenset({Role.ADMIN}),
    Action.SEE_STORES: frozenset({Role.ADMIN}),
    Action.CHANGE: frozenset({Role.ADMIN}),
    Action.SEE_AUDIT: frozenset({Role.ADMIN}),
    Action.SEE_INSPECTIONS: frozenset({Role.ADMIN}),
    Action.INSPECT: frozenset({Role.ADMIN}),
    Action.FORCE: frozenset({Role.ANYBODY}),
}

ASKED_BY_VIEW = frozenset({Action.FORCE})
"""Of what the host's own rules can be asked only with what the form says, which the view reads."""

SCOPES = {
    Action.SEE_APPROVALS: READ_APPROVALS,
    Action.DECIDE: DECIDE_APPROVALS,
    Action.SEE_SECRETS: READ_SECRETS,
    Action.SEE_STORES: READ_SECRETS,
    Action.CHANGE: WRITE_SECRETS,
    Action.SEE_METRICS: READ_METRICS,
    Action.TRY: READ_SECRETS,
    Action.MAINTAIN: WRITE_SECRETS,
    Action.SEE_AUDIT: READ_AUDIT,
    Action.SEE_INSPECTIONS: READ_SECRETS,
    Action.INSPECT: RUN_INSPECTIONS,
}
"""Of which scope a token must be for what it does; of what is not here, no token does anything."""

READ_SCOPES = frozenset({READ_APPROVALS, READ_SECRETS, READ_METRICS})
"""A token of one of these is a viewer's, whatever is known of its owner: its maker has said so."""


def may(roles: Collection[Role], action: Action) -> bool:
    """Return whether one of these roles is allowed `action`."""
    return not ALLOWED[action].isdisjoint(roles)
