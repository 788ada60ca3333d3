"""`RenderingContext`: what renderables look things up in when there is no Buildbot."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from twisted.internet.defer import Deferred, maybeDeferred
from zope.interface import implementer

from buildbot_keychain.boundary import guarded_rendering
from buildbot_keychain.interfaces import IRenderable, IRenderingContext


@implementer(IRenderingContext)
class RenderingContext:
    """Renders values with secrets from one place and properties from another.

    :param get_secret: returns an awaitable of the value of the secret with a name.
    :param properties: what ``%(prop:…)s`` selects from, by name.
    :param source_stamps: what ``%(src:codebase:attribute)s`` selects from: mappings by codebase.
    :param worker_info: what ``%(worker:…)s`` selects from, by key.
    """

    def __init__(
        self,
        get_secret: Callable[[str], Awaitable[str]],
        *,
        properties: Mapping[str, Any] | None = None,
        source_stamps: Mapping[str, Mapping[str, Any]] | None = None,
        worker_info: Mapping[str, Any] | None = None,
    ) -> None:
        self._get_secret = get_secret
        self._properties = properties or {}
        self._source_stamps = source_stamps or {}
        self._worker_info = worker_info or {}

    async def get_secret(self, name: str) -> str:
        """Return the value of the secret called `name`."""
        return await self._get_secret(name)

    def get_properties(self) -> Mapping[str, Any]:
        """Return the properties by name."""
        return self._properties

    def get_source_stamp(self, codebase: str) -> Mapping[str, Any]:
        """Return the source stamp of `codebase`; an empty mapping if there is none."""
        return self._source_stamps.get(codebase, {})

    def get_worker_info(self) -> Mapping[str, Any]:
        """Return what is known about the worker, by key."""
        return self._worker_info

    def formatted(self, text: str, fmtstring: str, values: object) -> str:  # noqa: ARG002
        """Return `text`: nobody asks how it was made."""
        return text

    def render(self, value: object) -> Deferred[Any]:
        """Return `value` with every renderable in it rendered, in lists, tuples and dicts too."""
        return guarded_rendering(self._render(value))

    async def _render(self, value: object) -> object:
        if IRenderable.providedBy(value):
            return await maybeDeferred(value.getRenderingFor, self)
        if isinstance(value, (list, tuple)):
            items: list[Any] = [await self._render(item) for item in value]
            # A named tuple takes its fields one by one.
            return type(value)(*items) if hasattr(value, "_fields") else type(value)(items)
        if isinstance(value, dict):
            return {await self._render(k): await self._render(v) for k, v in value.items()}
        return value
