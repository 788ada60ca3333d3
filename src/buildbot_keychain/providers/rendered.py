"""Arguments of a provider that may be secrets of other providers: keys, tokens, passwords.

They are rendered anew for each lookup and kept nowhere here.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from twisted.internet.defer import Deferred
from zope.interface import implementer

from buildbot_keychain.errors import KeychainError, ProviderError, ProviderUnavailable
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
        :raise ProviderError: when it renders to no text, or there is nothing to render it; never
            the `SecretNotFound` of another name, which would be read as that of `path`.
        """
        if given is None or isinstance(given, str):
            return given
        if self._render is None:
            reason = f"{option} is a renderable; put the provider into a SecretManager"
            raise ProviderError(self.name, path, reason)
        problem = ""
        kind = ProviderError
        try:
            text = await self._render(given)
        except KeychainError as error:
            problem = str(error)
            kind = ProviderUnavailable if error.retryable else ProviderError
        if problem:
            raise kind(self.name, path, f"{option} cannot be had: {problem}")
        if isinstance(text, str) and text.strip():
            return text
        what = "a blank text" if isinstance(text, str) else f"a value of type {type(text).__name__}"
        text = None
        raise ProviderError(self.name, path, f"{option} renders to {what}; give it a text")
