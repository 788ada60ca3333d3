"""`ENTRIES`: the pages that lead everywhere else, in the order in which the menu shows them."""

from __future__ import annotations

from collections.abc import Collection
from typing import NamedTuple

from buildbot_keychain.web._permissions import Action, Role, may


class Entry(NamedTuple):
    """A page in the menu.

    :param here: what the template of the page, and of those below it, calls itself.
    :param path: the page's, from the first one.
    """

    here: str
    path: str
    caption: str
    action: Action


ENTRIES = (
    Entry("secrets", "./", "Secrets", Action.OPEN),
    Entry("builders", "builders", "Secrets of builders", Action.SEE_SECRETS),
    Entry("approvals", "approvals", "Approvals", Action.SEE_APPROVALS),
    Entry("changes", "changes", "Changes", Action.SEE_STORES),
    Entry("deleted", "deleted", "Deleted secrets", Action.SEE_STORES),
    Entry("keys", "keys", "Keys", Action.SEE_STORES),
    Entry("audit", "audit", "Audit trail", Action.SEE_AUDIT),
    Entry("check", "check", "Check", Action.SEE_INSPECTIONS),
    Entry("doctor", "doctor", "Doctor", Action.SEE_INSPECTIONS),
    Entry("add", "add", "Add a secret", Action.SEE_STORES),
    Entry("force", "force", "Force a build", Action.FORCE),
)


def entries_for(roles: Collection[Role], unused: Collection[Action] = ()) -> list[Entry]:
    """Return what somebody may open.

    :param unused: what there is nothing of.
    """
    return [entry for entry in ENTRIES if may(roles, entry.action) and entry.action not in unused]
