"""What is vouched for about a requester; pure.

A build is of a branch only if all of its code is that of the branch: not if it has a patch, as
those of ``buildbot try`` have, or is a merge request for the branch, not if somebody has chosen
its revision, and not if what it builds is a tag of that name.
"""

from __future__ import annotations

from buildbot_keychain.details import Requester

FACTS = (
    "builder",
    "project",
    "branch",
    "build",
    "repository",
    "patched",
    "outside",
    "scheduler",
)
"""The facts about a requester that a server is given."""


def known_facts(requester: Requester | None) -> dict[str, str | int | bool]:
    """Return what is known about the requester, by name; what is unknown or empty is left out."""
    found = {name: known_fact(requester, name) for name in FACTS}
    return {name: value for name, value in found.items() if value is not None and value != ""}


def known_fact(requester: Requester | None, name: str) -> str | int | bool | None:
    """Return a fact, or ``None`` where it is unknown.

    :param name: one of `FACTS`, or ``worker``.
    """
    if requester is None:
        return None
    if name == "patched":
        return is_patched(requester) if requester.kind == "build" else None
    if name == "repository":
        repositories = {stamp.repository for stamp in requester.source_stamps}
        return repositories.pop() if len(repositories) == 1 else None
    if name == "branch" and why_not_of_branch(requester):
        return None
    fact: str | int | None = getattr(requester, name)
    return fact


def is_patched(requester: Requester) -> bool:
    """Return whether a patch is applied to something that is built."""
    return any(stamp.patched for stamp in requester.source_stamps)


def why_not_of_branch(requester: Requester) -> str:
    """Return why a build is not of the branch that it names, to end a sentence, or ``""``."""
    stamps = requester.source_stamps
    if is_patched(requester):
        return "has a patch, so that it is not of a branch"
    if requester.outside:
        return "is of a change from outside, so that it is not of a branch"
    if any(stamp.revision_chosen for stamp in stamps):
        return "is of a chosen revision, so that it is not of a branch"
    if any(stamp.tag_name is not None for stamp in stamps):
        return "is of a tag, which is not a branch"
    return ""
