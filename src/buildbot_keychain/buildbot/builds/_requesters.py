"""Derives for whom a secret is looked up from what Buildbot renders with.

Branch and project are those of the build's source stamps, not of its properties: a build can set
properties, and what it may have depends on its branch.
"""

from __future__ import annotations

from typing import Any

from buildbot_keychain.details import Requester


def requester_for(properties: Any) -> Requester:
    """Return the requester for whom Buildbot renders with `properties`."""
    build = properties.getBuild()
    if build is None:
        return Requester("service")
    return Requester(
        "build",
        builder=build.builder.name,
        build=build.number,
        branch=_common(build, "branch"),
        project=_common(build, "project"),
        # In Buildbot 4.0 a build that has not begun has no such attribute.
        worker=getattr(build, "workername", None),
        scope=scope_of(build),
    )


def scope_of(build: Any) -> str | None:
    """Return the scope of a build, or ``None`` before the build has begun."""
    return None if build.buildid is None else f"build/{build.buildid}"


def _common(build: Any, name: str) -> str | None:
    """Return the attribute `name` of the source stamps, or ``None`` where they differ."""
    values = {getattr(stamp, name) for stamp in build.getAllSourceStamps()}
    if len(values) != 1:
        return None
    value = values.pop()
    return value if isinstance(value, str) and value else None
