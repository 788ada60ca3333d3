"""The properties that a build was requested with: anybody may have chosen them, and can read them.

They stand in the build's buildset and changes, redacted for everybody. To hide more of them in the
build would hide nothing, and tell whoever forces a build which of their guesses are right.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

Properties = Mapping[str, tuple[Any, str]]
"""``{name: (value, source)}``."""

_OF_SOURCES = frozenset({"owners", "repository"})
"""What Buildbot makes of source stamps, changes and requests."""


def requested_properties(build: Any, properties: Properties) -> dict[str, tuple[Any, str]]:
    """Return those of `properties` that Buildbot's `build` was requested with.

    A property with another value, or another source, is the build's own. Without a build there are
    none.
    """
    if build is None:
        return {}
    known = list(_known(build))
    return {
        name: entry
        for name, entry in properties.items()
        if (name in _OF_SOURCES and entry[1] == "Build")
        or any(each.get(name) == entry for each in known)
    }


def _known(build: Any) -> Iterator[Properties]:
    for request in build.requests:
        yield request.properties.properties
    for stamp in build.getAllSourceStamps():
        for change in stamp.changes:
            yield change.properties.properties
