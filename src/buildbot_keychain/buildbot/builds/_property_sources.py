"""Source steps that build what properties name, in place of what their build's source stamps say.

Buildbot's steps for Gerrit and GitLab, and that of the plug-in for Gitea, take the branch of a
review or a merge request, and its repository, from properties. A change source sets them, but so
can a form, a `Trigger` or a step. So wherever such a step finds one, what is built comes from
outside, and is of no branch that is known, unless a change from inside has brought just that.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from buildbot.steps.source.base import Source
from buildbot.steps.source.gerrit import Gerrit
from buildbot.steps.source.gitlab import GitLab

from buildbot_keychain.buildbot.builds._outside import is_from_outside
from buildbot_keychain.inspection import steps_of

_GERRIT = ("event.patchSet.ref", "gerrit_change")
_GITLAB = "target_branch"
_GITEA = "pr_id"
_NAMES = (*_GERRIT, _GITLAB, _GITEA)
_NONE: frozenset[str] = frozenset()
_GITEA_STEP = ("buildbot_gitea.step_source", "Gitea")
"""Module and name of its class, which need not be installed."""


def codebases_of_properties(build: Any) -> frozenset[str]:
    """Return the codebases of which a step builds what properties of Buildbot's `build` name."""
    properties = build.getProperties()
    if properties.properties.keys().isdisjoint(_NAMES):
        return _NONE  # as of most lookups
    reviews = [name for name in _GERRIT if properties.getProperty(name)]
    of_gitlab, of_gitea = map(properties.hasProperty, (_GITLAB, _GITEA))

    def takes(cls: type, codebase: str) -> bool:
        if reviews and issubclass(cls, Gerrit):
            return not _is_brought(properties, reviews, build, codebase)
        return (of_gitlab and issubclass(cls, GitLab)) or (of_gitea and _is_gitea(cls))

    return frozenset(codebase for cls, codebase in _steps(build) if takes(cls, codebase))


def _is_gitea(cls: type) -> bool:
    return _GITEA_STEP in {(each.__module__, each.__name__) for each in cls.__mro__}


def _steps(build: Any) -> Iterator[tuple[type, str]]:
    """Yield the class and codebase of each source step, those that are still to come as well."""
    if not hasattr(build, "steps"):
        # It has not begun.
        for cls, step in steps_of(build.builder.config):
            yield cls, step.kwargs.get("codebase") or ""
        return
    for step in (*build.executedSteps, *build.steps):
        if isinstance(step, Source):
            yield type(step), step.codebase or ""


def _is_brought(properties: Any, names: Iterable[str], build: Any, codebase: str) -> bool:
    """Return whether all changes of a codebase are from inside, and have set the properties."""
    stamps = [each for each in build.getAllSourceStamps() if (each.codebase or "") == codebase]
    changes = [change for stamp in stamps for change in stamp.changes]
    return bool(changes) and all(
        is_from_outside(change) is False
        and all(
            name in change.properties and change.properties[name] == properties.getProperty(name)
            for name in names
        )
        for change in changes
    )
