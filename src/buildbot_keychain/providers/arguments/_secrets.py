"""Arguments that are secrets: tokens, keys, passphrases, as texts or as renderables.

`SecretArgument` checks one when the provider is made. `RenderedArguments` is the base class of a
provider that has some: it renders them anew for each lookup and keeps no result.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any, NoReturn, overload

from twisted.internet.defer import Deferred
from zope.interface import implementer

from buildbot_keychain.errors import (
    ConfigurationError,
    KeychainError,
    ProviderError,
    ProviderUnavailable,
)
from buildbot_keychain.interfaces import IRendersArguments

_VISIBLE_ASCII = re.compile(r"[\x21-\x7e]+")

ProblemOf = Callable[[str], str]
"""Returns why a text cannot be used, as the end of a sentence (``is blank; …``), or ``""``."""


def is_renderable(value: object) -> bool:
    """Return whether an argument is a renderable: ours, Buildbot's, or anyone's with its method."""
    return not isinstance(value, type) and callable(getattr(value, "getRenderingFor", None))


def blank_problem(text: str) -> str:
    """Return what is wrong with a text that must not be blank, as a `ProblemOf`."""
    return "" if text.strip() else "is blank; give it a value"


def bearer_token_problem(text: str) -> str:
    """Return what is wrong with a bearer token, which an HTTP header carries, as a `ProblemOf`.

    RFC 6750 allows fewer characters than visible ASCII, but servers issue others.
    """
    if not text.strip():
        return blank_problem(text)
    if _VISIBLE_ASCII.fullmatch(text):
        return ""
    return "holds other characters than visible ASCII, such as a space or a line end; remove them"


class SecretArgument:
    """An argument that is a secret.

    Two are equal when a reconfiguration from one to the other changes nothing. ``repr`` and
    messages never show what was given.

    :param owner: what it is an argument of, for messages: a provider's name, or a class.
    :param option: the argument's name.
    :param given: a `str`, or a renderable.
    :param problem_of: checks the text, now or when it has been rendered.
    :raise ConfigurationError: when it is anything else, or a `str` that cannot be used.
    """

    __slots__ = ("_given", "_option", "_problem_of")

    def __init__(
        self, owner: str, option: str, given: object, problem_of: ProblemOf = blank_problem
    ) -> None:
        self._option = option
        self._given = given
        self._problem_of = problem_of
        if is_renderable(given):
            return
        if not isinstance(given, str):
            kind = f"the class {given.__name__}" if isinstance(given, type) else _kind(given)
            msg = (
                f"{owner}: {option} must be a str or a renderable such as Secret('file!name'), "
                f"not {kind}"
            )
            raise ConfigurationError(msg)
        problem = problem_of(given)
        if problem:
            msg = f"{owner}: {option} {problem}"
            raise ConfigurationError(msg)

    @property
    def option(self) -> str:
        """The argument's name."""
        return self._option

    @property
    def given(self) -> object:
        """What was given: a `str` or a renderable."""
        return self._given

    @property
    def constant(self) -> str | None:
        """The text, if it needs no rendering."""
        return self._given if isinstance(self._given, str) else None

    def problem_of(self, rendered: object) -> str:
        """Return why the result of rendering it cannot be used, as a `ProblemOf` does."""
        if not isinstance(rendered, str):
            return f"renders to a value of type {_kind(rendered)}; it must render to a str"
        problem = self._problem_of(rendered)
        return f"renders to a text that {problem}" if problem else ""

    def __repr__(self) -> str:
        return f"<SecretArgument {self._option}>"

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, SecretArgument):
            return NotImplemented
        return self._option == other._option and _are_same(self._given, other._given)

    def __hash__(self) -> int:
        return hash((SecretArgument, self._option))

    def __reduce_ex__(self, protocol: object) -> NoReturn:
        msg = "an argument that is a secret must not be pickled or copied"
        raise TypeError(msg)


@implementer(IRendersArguments)
class RenderedArguments:
    """The part of a provider that renders its `SecretArgument` for a lookup.

    It stands before `ProviderService` among the base classes, whose ``name`` it uses.
    """

    name: str
    _render: Callable[[object], Deferred[Any]] | None = None

    def use_renderer(self, render: Callable[[object], Deferred[Any]]) -> None:
        """Use `render` for arguments that are renderables from now on."""
        self._render = render

    @overload
    async def render_argument(self, path: str, argument: SecretArgument) -> str: ...

    @overload
    async def render_argument(self, path: str, argument: None) -> None: ...

    @overload
    async def render_argument(self, path: str, argument: SecretArgument | None) -> str | None: ...

    async def render_argument(self, path: str, argument: SecretArgument | None) -> str | None:
        """Return the text of `argument`; ``None`` for one that was left out.

        :param path: what is being looked up, for errors.
        :raise ProviderError: when it cannot be rendered, or renders to what cannot be used. The
            `SecretNotFound` of another secret is one as well: it must not read as that of `path`.
        """
        if argument is None or argument.constant is not None:
            return None if argument is None else argument.constant
        if self._render is None:
            reason = f"{argument.option} is a renderable; put the provider into a SecretManager"
            raise ProviderError(self.name, path, reason)
        try:
            text: str = await self._render(argument.given)
        except KeychainError as error:
            kind = ProviderUnavailable if error.retryable else ProviderError
            reason = f"{argument.option} cannot be rendered: {error}"
            raise kind(self.name, path, reason) from error
        problem = argument.problem_of(text)
        if problem:
            raise ProviderError(self.name, path, f"{argument.option} {problem}")
        return text


def _kind(value: object) -> str:
    return type(value).__name__


def _are_same(one: object, other: object) -> bool:
    # Buildbot's own renderables answer == with another renderable, which is always true.
    return one is other or (type(one) is type(other) and (one == other) is True)
