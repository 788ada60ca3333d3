"""Source steps that build what properties name, in place of what their build's source stamps say.

Buildbot's steps for Gerrit and GitLab take the branch of a review or a merge request, and GitLab's
the repository too, from properties. A change source sets them, but so can a form, a `Trigger` or a
step. So wherever such a step finds one, what is built comes from outside, and is of no branch that
is known, unless a change from inside has brought just that.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from buildbot.steps.source.gerrit import Gerrit
from buildbot.steps.source.gitlab import GitLab

from buildbot_keychain.buildbot.builds._outside import is_from_outside
from buildbot_keychain.inspection import steps_of

_GERRIT = ("event.patchSet.ref", "gerrit_change")
_GITLAB = "target_branch"


def codebases_of_properties(build: Any) -> frozenset[str]:
    """Return the codebases of which a step builds what properties of Buildbot's `build` name."""
    properties = build.getProperties()
    named = [name for name in _GERRIT if properties.getProperty(name)]
    has_request = properties.hasProperty(_GITLAB)
    if not named and not has_request:
        return frozenset()

    def takes(cls: type, codebase: str) -> bool:
        if issubclass(cls, GitLab):
            return has_request
        is_review = bool(named) and issubclass(cls, Gerrit)
        return is_review and not _is_brought(properties, named, build, codebase)

    return frozenset(codebase for cls, codebase in _steps(build) if takes(cls, codebase))


def _steps(build: Any) -> Iterator[tuple[type, str]]:
    """Yield the class and codebase of each source step, those that are still to come as well."""
    if not hasattr(build, "steps"):
        # It has not begun.
        for cls, step in steps_of(build.builder.config):
            yield cls, step.kwargs.get("codebase") or ""
        return
    for step in (*build.executedSteps, *build.steps):
        if isinstance(step, (Gerrit, GitLab)):
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
