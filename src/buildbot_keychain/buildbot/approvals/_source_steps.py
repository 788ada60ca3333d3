"""Source steps that build something else than the revisions of their build.

They take whatever is the newest, or what a property names, so it could change after it was
approved.
"""

from __future__ import annotations

from typing import Any

from buildbot.steps.source.base import Source
from buildbot.steps.source.github import GitHub
from buildbot.steps.source.repo import Repo

from buildbot_keychain.buildbot.builds import codebases_of_properties


def why_not_pinned(build: Any) -> str:
    """Return which step of a build does not build its revisions, as the end of a sentence.

    :param build: Buildbot's ``Build``.
    :return: an empty text if all known source steps do.
    """
    for step in (*build.executedSteps, *build.steps):
        reason = _reason(step, build) if isinstance(step, Source) else ""
        if reason:
            return f"its step {type(step).__name__} does not build the revision: {reason}"
    return ""


def _reason(step: Source, build: Any) -> str:
    if step.alwaysUseLatest:
        return "alwaysUseLatest is set"
    if isinstance(step, Repo):
        return "manifests name what is built"
    if getattr(step, "remoteSubmodules", False):
        return "remoteSubmodules is set, so it takes the newest submodules"
    if step.codebase in codebases_of_properties(build):
        return "of a merge request or a review it builds what properties name"
    if isinstance(step, GitHub):
        stamp = build.getSourceStamp(step.codebase)
        if stamp is not None and (stamp.branch or step.branch or "").endswith("/merge"):
            return "of a branch .../merge it builds whatever is the newest"
    return ""
