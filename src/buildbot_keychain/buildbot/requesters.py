"""Says for whom a secret is looked up, from what Buildbot renders with.

Branch and project are those of the build's source stamps, not of its properties: a build can set
properties, and what it may have depends on the branch.
"""

from __future__ import annotations

from typing import Any

from buildbot_keychain.details import Requester


def requester_of(properties: Any) -> Requester:
    """Say for whom these properties are rendered."""
    build = properties.getBuild()
    if build is None:
        return Requester("service")
    return Requester(
        "build",
        builder=build.builder.name,
        build=build.number,
        branch=_common(build, "branch"),
        project=_common(build, "project"),
        # Of a build that has not begun, Buildbot 4.0 has no such attribute.
        worker=getattr(build, "workername", None),
        scope=scope_of(build),
    )


def scope_of(build: Any) -> str | None:
    """Give the scope of a build, or ``None`` before it has begun."""
    return None if build.buildid is None else f"build/{build.buildid}"


def _common(build: Any, name: str) -> str | None:
    """Give what the source stamps of a build say, ``None`` where they do not agree."""
    said = {getattr(stamp, name) for stamp in build.getAllSourceStamps()}
    if len(said) != 1:
        return None
    value = said.pop()
    return value if isinstance(value, str) and value else None
