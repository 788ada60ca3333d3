"""Who counts among those who approve. Pure.

Whoever has asked for a build, or has it rebuilt, does not count, nor do the authors of its changes.
Where none of them is known, or one by an account that nobody logs in with, anybody may be one of
them, so two people are required. A person counts once, whatever the spelling of the name.

The author of a change is what the change says. Whoever writes it may name others, who then do not
count; what it says can exclude people, and never make somebody count who lacks the role.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence

from buildbot_keychain.approvals import TELEGRAM, Demand, Person, Vote, person_key
from buildbot_keychain.policy._approval import Approval

_ADDRESS = re.compile(r"<([^<>]*)>")

LEAST_WITH_NOBODY_KNOWN = 2
"""People who are required at least where nobody knows who has asked for a build or written it."""


def demands_of(approvals: Iterable[Approval], excluded: Sequence[str]) -> tuple[Demand, ...]:
    """Return who must approve, all of them.

    :param approvals: what the rules demand.
    :param excluded: who does not count, as far as anybody is known.
    """
    are_known = excluded and not any(name.startswith(TELEGRAM) for name in excluded)
    least = 1 if are_known else LEAST_WITH_NOBODY_KNOWN
    found = {Demand(tuple(sorted(set(a.by))), max(a.of, least)) for a in approvals}
    return tuple(sorted(found, key=lambda demand: (demand.by, demand.of)))


def is_excluded(person: Person, excluded: Iterable[str]) -> bool:
    """Return whether `person` may be one of those who do not count."""
    own = {person_key(name) for name in (person.name, person.email, person.full_name) if name}
    own |= {_local(name) for name in (person.name, person.email) if name}
    own.discard("")
    return any(not own.isdisjoint(_names_in(text)) for text in excluded)


def asked_roles(person: Person, demands: Iterable[Demand]) -> tuple[str, ...]:
    """Return the roles of `person` that are asked."""
    return tuple(sorted({role for demand in demands for role in demand.by} & person.roles))


def is_approved(demands: Sequence[Demand], votes: Iterable[Vote]) -> bool:
    """Return whether all who must approve have done so, and nobody has refused."""
    all_votes = list(votes)
    if not demands or not all(vote.approves for vote in all_votes):
        return False
    for demand in demands:
        people = {person_key(v.person) for v in all_votes if not set(demand.by).isdisjoint(v.roles)}
        if len(people) < demand.of:
            return False
    return True


def _names_in(text: str) -> Iterator[str]:
    """Yield the names that a person may have in ``Full Name <address>`` or a user name."""
    yield person_key(text)
    yield person_key(_ADDRESS.sub("", text))
    for address in (text, *_ADDRESS.findall(text)):
        yield person_key(address)
        yield _local(address)


def _local(address: str) -> str:
    return person_key(address.partition("@")[0])
