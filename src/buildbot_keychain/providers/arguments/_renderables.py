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


def no_text(rendered: object) -> str:
    """Say, as the end of a sentence on an argument, that this is no text, or nothing if it is."""
    if not isinstance(rendered, str):
        return f"renders to a value of type {type(rendered).__name__}; give it a text"
    return "" if rendered.strip() else "renders to a blank text; give it a text"


@implementer(IRendersArguments)
class RenderedArguments:
    """What a provider with such arguments is beside a service with a `name`."""

    name: str
    _render: Callable[[object], Deferred[Any]] | None = None

    def use_renderer(self, render: Callable[[object], Deferred[Any]]) -> None:
        """Take what renders the arguments."""
        self._render = render

    async def rendered(
        self, path: str, option: str, given: object, problem_of: Callable[[object], str] = no_text
    ) -> str | None:
        """Give the text of an argument; ``None`` for one that was left out.

        :param path: what is being looked up, for errors.
        :param option: what the argument is called.
        :param given: it: ``None``, a `str` or a renderable.
        :param problem_of: says, as `no_text` does, why what it renders to cannot be used.
        :raise ProviderError: when it renders to what cannot be used, or there is nothing to render
            it; never the `SecretNotFound` of another name, which would be read as that of `path`.
        """
        if given is None or isinstance(given, str):
            return given
        kind, problem = ProviderError, "is a renderable; put the provider into a SecretManager"
        if self._render is not None:
            try:
                text: str | None = await self._render(given)
            except KeychainError as error:
                kind = ProviderUnavailable if error.retryable else ProviderError
                problem = f"cannot be had: {error}"
            else:
                problem = problem_of(text)
                if not problem:
                    return text
                text = None  # no frame of an error is to hold it
        raise kind(self.name, path, f"{option} {problem}")
