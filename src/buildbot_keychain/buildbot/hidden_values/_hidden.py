"""`Hidden`: a renderable that hides what it renders to, before anybody has it."""

from __future__ import annotations

from typing import Any, ClassVar

from buildbot.interfaces import IRenderable
from buildbot.util import ComparableMixin
from twisted.internet.defer import Deferred
from zope.interface import implementer

from buildbot_keychain.boundary import guarded_rendering
from buildbot_keychain.buildbot.builds import who_asks
from buildbot_keychain.buildbot.hidden_values._values import check_name, hide_all
from buildbot_keychain.errors import HidingError, quote


@implementer(IRenderable)
class Hidden(ComparableMixin):
    """`value`, hidden as ``<name>`` in the build that renders it, and in those that it triggers.

    Steps get the true value. What is stored and shown of it, such as a property, is ``<name>``.

    :param name: what is shown (`str`).
    :param value: a `str`, a list or dict of them, or a renderable of either.
    :raise HidingError: when the name is not one.
    """

    compare_attrs: ClassVar[tuple[str, ...]] = ("name", "value")

    def __init__(self, name: str, value: object) -> None:
        check_name(name)
        self.name = name
        self.value = value

    def getRenderingFor(self, properties: Any) -> Deferred[Any]:
        """Return a Deferred of the value, which is hidden when it fires."""
        properties = properties.getProperties()
        build = who_asks(properties).build
        return guarded_rendering(self._render(properties, build))

    async def _render(self, properties: Any, build: Any) -> Any:
        value = await properties.render(self.value)
        if build is None:
            raise HidingError(f"{quote(self.name)} is hidden in no build: render it in a step")
        await hide_all(build, self.name, value)
        return value

    def __repr__(self) -> str:
        return f"Hidden({self.name!r})"
