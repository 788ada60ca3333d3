"""What people are asked to approve, and what they have said: `ApprovalRequest`.

Where a rule of the policy demands approval, a step waits until people have approved that its build
is given a secret. What they approve is the `subject`: one secret of one provider, for one build
request with its retries, at the revisions that it is asked for. Nothing in here is a secret.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass, field

WAITING = "waiting"
"""The state of a request that nobody has decided on, or too few people."""

APPROVED = "approved"
"""The state in which the build may have the secret, and has not had it."""

RELEASED = "released"
"""The state in which the build has had the secret."""

REFUSED = "refused"

EXPIRED = "expired"
"""The state when nobody has decided in time."""

ENDED = "ended"
"""The state when the build request has ended before that: it was cancelled, or it failed."""

OPEN = (WAITING, APPROVED)
"""The states in which somebody can still decide."""

TELEGRAM = "telegram:"
"""What the names begin with of people who have asked in Telegram. Nobody knows who they are."""

LONGEST_REASON = 1000
"""Characters that are kept of what a person writes about a vote."""

Position = tuple[int, str]
"""Where a request is among others: its build request and its id. Those of older ones are less."""

STATES = (WAITING, APPROVED, RELEASED, REFUSED, EXPIRED, ENDED)


@dataclass(frozen=True)
class Person:
    """Somebody who is logged in to the master's web pages.

    :param name: what identifies the person, as whoever asks for a build is identified: the user
        name, and with Google's login the mail address. Nothing that a user chooses.
    :param roles: the roles that Buildbot's authorization gives the person.
    :param email: the mail address, for comparison with the authors of changes.
    :param full_name: the same.
    """

    name: str
    roles: frozenset[str] = frozenset()
    email: str | None = None
    full_name: str | None = None


@dataclass(frozen=True)
class Demand:
    """Who must approve.

    :param by: the roles of which a person needs one.
    :param of: how many people.
    """

    by: tuple[str, ...]
    of: int = 1

    def __str__(self) -> str:
        roles = " or ".join(self.by)
        return roles if self.of == 1 else f"{self.of} people of {roles}"


@dataclass(frozen=True)
class Revision:
    """What is built of one codebase.

    :param codebase: its name; empty where a build has but one.
    :param brought: whether a change from inside has brought the revision to this branch of this
        repository. Otherwise both are what somebody says, such as whoever has forced the build.
    """

    codebase: str
    repository: str
    branch: str | None
    revision: str
    project: str = ""
    brought: bool = field(default=False, repr=False)

    @property
    def place(self) -> str:
        """Where it is, as the end of a sentence that begins with the revision."""
        where = self.branch or "the default branch"
        where += f" of {self.repository}" if self.repository else ""
        return f"of {where}" if self.brought else f"not known to be of {where}"


@dataclass(frozen=True)
class Vote:
    """What somebody has said.

    :param person: the `Person.name`.
    :param approves: whether it is an approval, not a refusal.
    :param roles: those roles of the person that were asked.
    :param reason: what the person has written about it.
    :param at: when (seconds since the epoch).
    """

    person: str
    approves: bool
    roles: tuple[str, ...]
    reason: str
    at: int


@dataclass(frozen=True)
class ApprovalRequest:
    """That people are asked to approve, or were.

    :param id: what identifies it.
    :param provider: the name of the provider that would be asked.
    :param path: the canonical name of the secret in it.
    :param name: the name by which the build asks for it.
    :param builder: the builder's name.
    :param build_request: the id of the build request; retries have the same.
    :param build: the number of the latest build of it that has asked.
    :param build_url: the page of that build.
    :param revisions: what is built, for each codebase.
    :param scheduler: the scheduler that has made the build request; ``None`` if nobody knows.
    :param owner: the person who has asked for the build, or has it rebuilt; ``None`` if nobody
        knows.
    :param reason: why it is built, as Buildbot has it. Whoever asks for the build may choose it.
    :param excluded: people whose approval does not count: who has asked for the build, and the
        authors of the changes, as they are spelled.
    :param demands: who must approve, all of them.
    :param asked_at: when the build has first asked (seconds since the epoch).
    :param expires_at: when it ends if nobody decides (seconds since the epoch).
    :param valid_for: how long what is approved may be used, in seconds.
    :param valid_until: until when what was approved may be used (seconds since the epoch); ``None``
        while it is not approved.
    :param state: one of `STATES`.
    :param votes: what people have said, the first before.
    :param digest: identifies what is approved: pass it as `expected`.
    :param outside: whether anything that is built comes from somebody who may not write to the
        branch; ``None`` if nobody knows.
    :param obstacle: why the person for whom it was listed cannot approve, as a sentence; empty if
        that person can.
    """

    id: str
    provider: str
    path: str
    name: str
    builder: str
    build_request: int
    build: int | None
    build_url: str | None
    revisions: tuple[Revision, ...]
    scheduler: str | None
    owner: str | None
    reason: str
    excluded: tuple[str, ...]
    demands: tuple[Demand, ...]
    asked_at: int
    expires_at: int
    valid_for: int
    valid_until: int | None
    state: str
    votes: tuple[Vote, ...]
    digest: str
    outside: bool | None = None
    obstacle: str = ""

    @property
    def position(self) -> Position:
        """Where it is among others."""
        return self.build_request, self.id

    @property
    def roles(self) -> tuple[str, ...]:
        """The roles that are asked, each once."""
        return tuple(dict.fromkeys(role for demand in self.demands for role in demand.by))

    @property
    def origin(self) -> str:
        """Where the code comes from, as the end of a sentence."""
        if self.outside is None:
            return "unknown: nobody has said whether the code comes from outside"
        return "from OUTSIDE" if self.outside else "from inside"

    @property
    def asked(self) -> str:
        """Who is asked, as the end of a sentence."""
        return asked_of(self.demands)


def asked_of(demands: Sequence[Demand]) -> str:
    """Return who is asked, as the end of a sentence."""
    return " and ".join(map(str, demands))


def person_key(name: str) -> str:
    """Return what is the same for all spellings of a person's name."""
    folded = unicodedata.normalize("NFKC", name).casefold()
    return " ".join(unicodedata.normalize("NFKC", folded).split())
