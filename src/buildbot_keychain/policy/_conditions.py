"""The conditions of rules: which fact of a requester each is about, and whom it can apply to.

A fact is a text, or a tuple of texts of which one must match: ``()`` where it is known that there
is none. It is ``None`` where it is not known. Those of source stamps are judged for each stamp.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from operator import attrgetter
from typing import Any

from buildbot_keychain.details import Requester, SourceStamp
from buildbot_keychain.patterns import Matcher, matcher
from buildbot_keychain.policy._addresses import without_password

Fact = str | tuple[str, ...] | None

BUILD, SERVICE, PROVIDER, PERSON, UNKNOWN = "build", "service", "provider", "person", "unknown"

KNOWN = frozenset({BUILD, SERVICE, PROVIDER, PERSON})
"""The kinds of requesters of whom something is known."""

UNKNOWN_STAMP = SourceStamp()
"""Stands for the source stamps of a build of which none is known."""

_PROVIDERS = "provider/"
"""What patterns of ``services`` that name providers begin with."""


@dataclass(frozen=True)
class Condition:
    """A condition that is a list of patterns, of which one must match.

    :param name: the argument of a rule.
    :param subject: what it is about, for messages.
    :param fact: returns the fact of a requester; of a source stamp if the condition is `per_stamp`.
    :param kinds: the kinds of requesters that it can apply to.
    :param per_stamp: whether source stamps differ in it.
    :param spelling: returns a pattern as it is compared with the fact.
    """

    name: str
    subject: str
    fact: Callable[[Any], Fact]
    kinds: frozenset[str] = frozenset({BUILD})
    per_stamp: bool = False
    spelling: Callable[[str], str] = str


class Check:
    """Whether one condition of a rule is met.

    :param patterns: what the rule has written.
    """

    def __init__(self, condition: Condition, patterns: tuple[str, ...]) -> None:
        self.condition = condition
        self.patterns = patterns
        self.fact = condition.fact
        self.matches: Matcher = matcher(map(condition.spelling, patterns))

    def __call__(self, subject: Requester | SourceStamp) -> bool | None:
        """Return whether it is met by a requester or source stamp; ``None`` if nobody knows."""
        fact = self.fact(subject)
        if isinstance(fact, str):
            return self.matches(fact)
        return None if fact is None else any(map(self.matches, fact))

    @property
    def shown(self) -> list[str]:
        """The patterns without passwords and tokens, which addresses may have."""
        return [without_password(pattern) for pattern in self.patterns]


def _branch(stamp: SourceStamp) -> Fact:
    # Whoever chooses the revision may have chosen any branch's.
    if stamp.revision_chosen:
        return None
    return () if stamp.tag_name is not None else stamp.branch


def _tag_name(stamp: SourceStamp) -> Fact:
    if stamp.revision_chosen:
        return None
    return () if stamp.branch is not None else stamp.tag_name


def _service(requester: Requester) -> Fact:
    if requester.kind not in KNOWN:
        return f"{UNKNOWN}\0"
    return None if requester.service is None else f"{requester.kind}\0{requester.service}"


def _service_spelling(pattern: str) -> str:
    """Return a pattern of ``services`` as it is compared.

    A provider is ``provider/NAME``, and who is not known is ``unknown``; nothing else names them.
    """
    if pattern == UNKNOWN:
        return f"{UNKNOWN}\0"
    if pattern.startswith(_PROVIDERS):
        return f"{PROVIDER}\0{pattern[len(_PROVIDERS) :]}"
    return f"{SERVICE}\0{pattern}"


def _project(requester: Requester) -> Fact:
    return () if requester.builder_project is None else requester.builder_project


CONDITIONS = (
    Condition("builders", "the builder", attrgetter("builder")),
    Condition("projects", "the builder's project", _project),
    Condition("tags", "a tag of the builder", attrgetter("builder_tags")),
    Condition("workers", "the worker", attrgetter("worker")),
    Condition("schedulers", "the scheduler", attrgetter("scheduler")),
    Condition("owners", "the owner", attrgetter("owner"), frozenset({BUILD, PERSON})),
    Condition(
        "services",
        "the part of the master",
        _service,
        frozenset({SERVICE, PROVIDER, UNKNOWN}),
        spelling=_service_spelling,
    ),
    Condition("repositories", "the repository", attrgetter("repository"), per_stamp=True),
    Condition("branches", "the branch", _branch, per_stamp=True),
    Condition("tag_names", "the tag", _tag_name, per_stamp=True),
    Condition("source_projects", "the source's project", attrgetter("project"), per_stamp=True),
)
