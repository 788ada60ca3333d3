"""`Sight`: what a visitor may know of a secret, and `sight_of`, which alone decides that.

Administrators of secrets know everything but values. Viewers know that there is a secret, and what
it is called and described as, where the policy gives it to them as the people they are: a rule
names them in ``owners``. Without a policy that is every secret. A policy that only reports hides
like one that is enforced. Nobody else knows anything.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from enum import IntEnum
from functools import partial

from buildbot_keychain.approvals import Person
from buildbot_keychain.details import Requester
from buildbot_keychain.policy import Outcome, Policy
from buildbot_keychain.web._permissions import Role


class Sight(IntEnum):
    """How much somebody may know of a secret."""

    NOTHING = 0
    EXISTENCE = 1
    """That there is one, with its description, tags and versions."""
    EVERYTHING = 2
    """Who has it, who had it, by which rules, where it was printed; not its value."""


Sees = Callable[[str, str, bool], Sight]
"""Returns what a visitor may know of a secret: by its provider, its name in it, and whether that is
a canonical name."""


def sight_of(roles: Collection[Role], person: Person, policy: Policy | None) -> Sees:
    """Return what a visitor may know of secrets.

    :param roles: what the visitor is to the page.
    """
    if Role.ADMIN in roles:
        return lambda _provider, _path, _canonical: Sight.EVERYTHING
    if Role.VIEWER not in roles:
        return lambda _provider, _path, _canonical: Sight.NOTHING
    if policy is None:
        return lambda _provider, _path, _canonical: Sight.EXISTENCE
    return partial(_by_policy, policy, requester_of(person))


def requester_of(person: Person) -> Requester:
    """Return whoever looks at a page, as a policy knows people."""
    return Requester("person", owner=person.name)


def _by_policy(
    policy: Policy,
    requester: Requester,
    provider: str,
    path: str,
    canonical: bool,  # noqa: FBT001 - of `Sees`
) -> Sight:
    # It is asked for all secrets in a row, of which none should be remembered for that.
    decision = policy.decide(provider, path, requester, canonical=canonical, remember=False)
    return Sight.NOTHING if decision.outcome is Outcome.DENIED else Sight.EXISTENCE
