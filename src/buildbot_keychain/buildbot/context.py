"""Lets our renderables render where Buildbot renders: in steps, properties and services.

Buildbot hands its renderables an `IProperties`; `BuildContext` makes an `IRenderingContext` of it.
Importing this module declares that our renderables are Buildbot's too, and how one is turned into
the other; zope keeps such declarations for the whole process, as Buildbot's own. And it gives a
keychain to every master that is configured from then on, before it builds anything: a build may
render its first secret while its properties are on their way into the database.
"""

from __future__ import annotations

from typing import Any

from buildbot.interfaces import IProperties
from buildbot.interfaces import IRenderable as IBuildbotRenderable
from buildbot.secrets.manager import SecretManager as BuildbotSecretManager
from twisted.python.components import registerAdapter
from zope.interface import classImplements, implementer

from buildbot_keychain.buildbot.master import MasterKeychain
from buildbot_keychain.errors import RenderingError
from buildbot_keychain.interfaces import IRenderingContext
from buildbot_keychain.rendering import Interpolate, Secret


@implementer(IRenderingContext)
class BuildContext:
    """What a renderable may ask a build, or a service that has no build, for.

    :param properties: Buildbot's `IProperties`.
    """

    def __init__(self, properties: Any) -> None:
        self._properties = properties.getProperties()

    async def get_secret(self, name: str) -> str:
        """Give the value of the secret called `name`."""
        master = self._properties.master
        if master is None:
            raise RenderingError(f"the secret {name!r} is rendered outside of a running master")
        details = await MasterKeychain.of(master).get_for(name, self._properties)
        return details.value

    def get_properties(self) -> Any:
        """Give the build's properties."""
        return self._properties

    def get_source_stamp(self, codebase: str) -> Any:
        """Give the source stamp of `codebase`, an empty mapping where there is none."""
        return self._properties.getSourceStamp(codebase) or {}

    def get_worker_info(self) -> Any:
        """Give what Buildbot knows of the worker."""
        build = self._properties.getBuild()
        if build is None:
            raise RenderingError("there is no worker here: %(worker:...)s is for builds")
        return build.getWorkerInfo()

    def render(self, value: object) -> Any:
        """Give a Deferred of `value` rendered by Buildbot's rules."""
        return self._properties.render(value)


registerAdapter(BuildContext, IProperties, IRenderingContext)
# mypy takes an interface of the untyped Buildbot for no interface.
classImplements(Secret, IBuildbotRenderable)  # type: ignore[misc]
classImplements(Interpolate, IBuildbotRenderable)  # type: ignore[misc]


def _give_keychains() -> None:
    reconfigure = BuildbotSecretManager.reconfigServiceWithBuildbotConfig

    def reconfigure_with_keychain(self: Any, new_config: Any) -> Any:
        MasterKeychain.of(self.master)
        return reconfigure(self, new_config)

    BuildbotSecretManager.reconfigServiceWithBuildbotConfig = reconfigure_with_keychain


_give_keychains()
