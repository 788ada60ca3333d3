"""`Secret`: the value of one secret, rendered when it is needed."""

from __future__ import annotations

from typing import Any

from twisted.internet.defer import Deferred
from zope.interface import implementer

from buildbot_keychain.errors import RenderingError, quote
from buildbot_keychain.interfaces import IRenderable, IRenderingContext
from buildbot_keychain.rendering.identity import identity


@implementer(IRenderable)
class Secret:
    """The value of the secret called `name`.

    :param name: ``[provider!]path[|field]`` (`str`), or a renderable that gives it.
    :raise RenderingError: when it is blank.
    """

    def __init__(self, name: object) -> None:
        if isinstance(name, str) and not name.strip():
            msg = f"Secret needs a name, not {name!r}: write Secret('name')"
            raise RenderingError(msg)
        self.name = name

    @property
    def secret_name(self) -> object:
        """What Buildbot's own class calls the name."""
        return self.name

    def getRenderingFor(self, context: object) -> Deferred[str]:
        """Give the value (`str`).

        :raise SecretNotFound: when no provider holds it.
        :raise RenderingError: when the name does not render to a text.
        """
        return Deferred.fromCoroutine(self._render(IRenderingContext(context)))

    async def _render(self, context: Any) -> str:  # noqa: ANN401 - an IRenderingContext
        name = await context.render(self.name)
        if not isinstance(name, str):
            msg = f"the name of {quote(self)} renders to {type(name).__name__}; it must be a str"
            raise RenderingError(msg)
        value: str = await context.get_secret(name)
        return value

    def __repr__(self) -> str:
        return f"Secret({self.name!r})"

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Secret):
            return NotImplemented
        return identity(self.name) == identity(other.name)

    def __hash__(self) -> int:
        return hash((Secret, identity(self.name)))
