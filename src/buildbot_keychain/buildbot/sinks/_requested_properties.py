"""The properties that a build was requested with: anybody may have chosen them, and can read them.

They stand in the build's buildset and changes, redacted for everybody. To hide more of them in the
build would hide nothing, and tell whoever forces a build which of their guesses are right.
"""

from __future__ import annotations

from collections.abc import Iterator
from copy import deepcopy
from typing import Any
from weakref import WeakKeyDictionary

from buildbot_keychain.buildbot.sinks._properties import Properties

_OF_SOURCES = frozenset({"owners", "repository"})
"""What Buildbot makes of source stamps, changes and requests."""


class RequestedProperties:
    """What builds were requested with, as it was before their first steps."""

    def __init__(self) -> None:
        self._known: WeakKeyDictionary[Any, list[Properties]] = WeakKeyDictionary()

    def of(self, build: Any, properties: Properties) -> dict[str, tuple[Any, str]]:
        """Return those of `properties` that Buildbot's `build` was requested with.

        A property with another value, or another source, is the build's own. Without a build there
        are none. Buildbot stores the properties of a build, and so calls this, before its first
        step: a step may alter a list in place, which the request has in common with the build.
        """
        if build is None:
            return {}
        known = self._known.get(build)
        if known is None:
            known = self._known[build] = [_copy(each) for each in _requested(build)]
        return {
            name: entry
            for name, entry in properties.items()
            if (name in _OF_SOURCES and entry[1] == "Build")
            or any(each.get(name) == entry for each in known)
        }


def _requested(build: Any) -> Iterator[Properties]:
    for request in build.requests:
        yield request.properties.properties
    for stamp in build.getAllSourceStamps():
        for change in stamp.changes:
            yield change.properties.properties


def _copy(properties: Properties) -> Properties:
    return {
        name: (deepcopy(value) if isinstance(value, (dict, list)) else value, source)
        for name, (value, source) in properties.items()
    }
