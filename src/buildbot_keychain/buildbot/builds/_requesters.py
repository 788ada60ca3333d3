"""Describes a build, or a part of the master, as the `Requester` of a lookup.

All facts are the master's own: the configuration of the builder, and the source stamps, all of
them. A build's properties say nothing here: changes, people, steps and what a worker prints can set
them, and what a build may have depends on these facts.
"""

from __future__ import annotations

from collections.abc import Sequence
from operator import is_not
from typing import Any, NamedTuple
from weakref import WeakKeyDictionary

from buildbot_keychain.buildbot.builds._outside import (
    is_brought_by,
    outside_of,
    says_tag,
    united,
)
from buildbot_keychain.details import Requester, SourceStamp

_BRANCH = "refs/heads/"
_TAG = "refs/tags/"


class _Made(NamedTuple):
    """A build as a requester, and of what it was made; source stamps stay as they are."""

    facts: tuple[object, ...]
    requester: Requester


_made: WeakKeyDictionary[Any, _Made] = WeakKeyDictionary()


def requester_of(build: Any) -> Requester:
    """Return `build`, Buildbot's ``Build``, as a requester; the same while that is the same."""
    builder = build.builder
    # In Buildbot 4.0 a build that has not begun has no such attribute.
    worker = getattr(build, "workername", None)
    stamps = build.getAllSourceStamps()
    facts = (builder.config, builder.name, builder.project_name, build.number, build.buildid)
    facts += (worker, *stamps)
    made = _made.get(build)
    if made is None or len(made.facts) != len(facts) or any(map(is_not, made.facts, facts)):
        made = _made[build] = _Made(facts, _requester_of(build, worker, stamps))
    return made.requester


def _requester_of(build: Any, worker: str | None, stamps: Sequence[Any]) -> Requester:
    config = build.builder.config
    return Requester(
        "build",
        builder=build.builder.name,
        build=build.number,
        branch=_common(stamps, "branch"),
        project=_common(stamps, "project"),
        worker=worker,
        scope=scope_of(build),
        builder_project=_text(build.builder.project_name),
        builder_tags=() if config is None else tuple(config.tags or ()),
        source_stamps=tuple(map(_source_stamp, stamps)),
        outside=united(map(outside_of, stamps)),
    )


def requester_named(kind: str, name: str | None, owner: object) -> Requester:
    """Return the part of the master that `owner` is, as a requester."""
    cls = type(owner)
    return Requester(kind, service=name, service_class=f"{cls.__module__}.{cls.__qualname__}")


def scope_of(build: Any) -> str | None:
    """Return the scope of a build, or ``None`` before the build has begun."""
    return None if build.buildid is None else f"build/{build.buildid}"


def _source_stamp(stamp: Any) -> SourceStamp:
    tag = _tag_of(stamp)
    return SourceStamp(
        codebase=stamp.codebase or "",
        repository=_text(stamp.repository),
        branch=None if tag else _branch(stamp),
        tag_name=tag,
        project=_text(stamp.project),
        patched=bool(stamp.patch),
        revision_chosen=not is_brought_by(stamp.changes, stamp),
    )


def _branch(stamp: Any) -> str | None:
    """Return the branch, which hooks for Bitbucket and people may say as Git keeps it."""
    branch = _text(stamp.branch)
    return branch and _text(branch.removeprefix(_BRANCH))


def _tag_of(stamp: Any) -> str | None:
    """Return the tag that is built, if it is one: hooks and pollers say it as a branch."""
    branch = _text(stamp.branch)
    if branch is None or branch.startswith(_TAG):
        return branch and _text(branch[len(_TAG) :])
    is_tag = any(says_tag(change) and change.branch == branch for change in stamp.changes)
    return branch if is_tag else None


def _common(stamps: Any, name: str) -> str | None:
    """Return the attribute `name` of the source stamps, or ``None`` where they differ."""
    values = {getattr(stamp, name) for stamp in stamps}
    return _text(values.pop()) if len(values) == 1 else None


def _text(value: object) -> str | None:
    return value if isinstance(value, str) and value else None
