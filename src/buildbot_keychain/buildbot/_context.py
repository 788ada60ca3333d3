"""Lets our renderables render where Buildbot renders: in steps, properties and services.

Buildbot hands its renderables an `IProperties`, which `BuildContext` turns into an
`IRenderingContext`.
"""

from __future__ import annotations

from typing import Any

from buildbot.interfaces import IProperties
from buildbot.interfaces import IRenderable as IBuildbotRenderable
from twisted.python.components import registerAdapter
from zope.interface import classImplements, implementer

from buildbot_keychain.buildbot._attached import keychain_of
from buildbot_keychain.buildbot._master import MasterKeychain
from buildbot_keychain.buildbot.builds import who_asks
from buildbot_keychain.buildbot.references import MadeValues
from buildbot_keychain.errors import RenderingError, quote
from buildbot_keychain.interfaces import IRenderingContext
from buildbot_keychain.rendering import Interpolate, Secret


@implementer(IRenderingContext)
class BuildContext:
    """What a renderable may ask a build for, or a service that has no build.

    It must be made when the rendering begins, while the stack shows who renders.

    :param properties: Buildbot's `IProperties`.
    """

    def __init__(self, properties: Any) -> None:
        self._properties = properties.getProperties()
        self._asker = who_asks(self._properties)
        # What is rendered is known as long as this lives.
        self._owner = self._asker.build or self._properties

    async def get_secret(self, name: str) -> str:
        """Return the value of the secret called `name`."""
        master = self._properties.master
        if master is None:
            raise RenderingError(
                f"secret {quote(name)}: it is rendered outside of a running master; "
                "render it in a step, a property or a service"
            )
        keychain = MasterKeychain.of(master)
        return (await keychain.details_for(name, self._asker, self._owner)).value

    def get_properties(self) -> Any:
        """Return the build's properties."""
        return self._properties

    def get_source_stamp(self, codebase: str) -> Any:
        """Return the source stamp of `codebase`, or an empty mapping if there is none."""
        return self._properties.getSourceStamp(codebase) or {}

    def get_worker_info(self) -> Any:
        """Return what Buildbot knows about the worker."""
        build = self._properties.getBuild()
        if build is None:
            raise RenderingError("%(worker:...)s is for builds; there is no worker here")
        return build.getWorkerInfo()

    def formatted(self, text: str, fmtstring: str, values: object) -> str:
        """Return `text`; if there is a secret in it, it is known how it was made."""
        keychain = keychain_of(self._properties.master)
        if keychain is None:
            return text
        made: MadeValues = keychain.references.made
        return made.formatted(self._owner, text, fmtstring, values)

    def render(self, value: object) -> Any:
        """Return a Deferred of `value` rendered by Buildbot's rules."""
        return self._properties.render(value)


def register() -> None:
    """Make our renderables Buildbot's too, for the whole process."""
    if IBuildbotRenderable.implementedBy(Secret):
        return
    registerAdapter(BuildContext, IProperties, IRenderingContext)
    # To mypy, an interface of the untyped Buildbot is none.
    classImplements(Secret, IBuildbotRenderable)  # type: ignore[misc]
    classImplements(Interpolate, IBuildbotRenderable)  # type: ignore[misc]
