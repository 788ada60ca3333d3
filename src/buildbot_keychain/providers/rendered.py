"""Arguments of a provider that may be secrets of other providers: keys, tokens, passwords.

They are rendered anew for each lookup and kept nowhere here.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from twisted.internet.defer import Deferred
from zope.interface import implementer

from buildbot_keychain.errors import ProviderError
from buildbot_keychain.interfaces import IRendersArguments


@implementer(IRendersArguments)
class RenderedArguments:
    """What a provider with such arguments is beside a service with a `name`."""

    name: str
    _render: Callable[[object], Deferred[Any]] | None = None

    def use_renderer(self, render: Callable[[object], Deferred[Any]]) -> None:
        """Take what renders the arguments."""
        self._render = render

    async def rendered(self, path: str, option: str, given: object) -> str | None:
        """Give the text of an argument; ``None`` for one that was left out.

        :param path: what is being looked up, for errors.
        :param option: what the argument is called.
        :param given: it: ``None``, a `str` or a renderable.
        :raise ProviderError: when it renders to no text, or there is nothing to render it.
        """
        if given is None or isinstance(given, str):
            return given
        if self._render is None:
            reason = f"{option} is a renderable; put the provider into a SecretManager"
            raise ProviderError(self.name, path, reason)
        text = await self._render(given)
        if isinstance(text, str) and text.strip():
            return text
        kind = "a blank text" if isinstance(text, str) else f"a value of type {type(text).__name__}"
        text = None
        raise ProviderError(self.name, path, f"{option} renders to {kind}; give it a text")
