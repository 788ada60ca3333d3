"""`Secret`: a renderable for the value of one secret."""

from __future__ import annotations

from typing import Any

from twisted.internet.defer import Deferred
from zope.interface import implementer

from buildbot_keychain.boundary import guarded_rendering
from buildbot_keychain.errors import RenderingError, quote
from buildbot_keychain.interfaces import IRenderable, IRenderingContext
from buildbot_keychain.rendering._identity import identity
from buildbot_keychain.rendering._names import (
    check_name,
    parse_allowed,
    shaped,
    warn_if_unlimited,
)


@implementer(IRenderable)
class Secret:
    """The value of the secret called `name`.

    :param name: ``[provider!]path[|field]`` (`str`), or a renderable for it. What it fills in is
        data: letters, digits, blanks and ``-_.+~``, none of which means anything in a name.
    :param allowed: the names that it may have: a pattern or a list of them, in which ``*`` stands
        for one or more characters that may be filled in. One without a provider or a field allows
        all of them. A name that comes from builds alone needs it.
    :raise RenderingError: when the name is blank or of another type, or `allowed` is wrong.
    """

    def __init__(self, name: object, *, allowed: object = None) -> None:
        if isinstance(name, str) and not name.strip():
            msg = f"Secret needs a name, not {name!r}: write Secret('name')"
            raise RenderingError(msg)
        if not isinstance(name, str) and not callable(getattr(name, "getRenderingFor", None)):
            kind = type(name).__name__
            msg = (
                f"Secret needs a name of type str or a renderable, not {kind}: write Secret('name')"
            )
            raise RenderingError(msg)
        self.name = name
        self.allowed: tuple[str, ...] = ()
        if allowed is not None:
            self.allowed = parse_allowed(self, allowed)
        elif not isinstance(name, str):
            warn_if_unlimited(self, name)

    @property
    def secret_name(self) -> object:
        """The name, as Buildbot's own class calls it."""
        return self.name

    def getRenderingFor(self, context: object) -> Deferred[str]:
        """Return the value (`str`).

        :raise SecretNotFound: when no provider has it.
        :raise RenderingError: when the name does not render to a `str`.
        :raise InvalidName: when it is not allowed.
        """
        return guarded_rendering(self.render(IRenderingContext(context)))

    async def render(self, context: Any) -> str:  # noqa: ANN401 - an IRenderingContext
        """Return the value, for a renderable that contains this one."""
        name = self.name
        if not isinstance(name, str):
            name = check_name(self, await shaped(name, context), self.allowed)
        value: str = await context.get_secret(name)
        return value

    def __repr__(self) -> str:
        allowed = f", allowed={list(self.allowed)!r}" if self.allowed else ""
        return f"Secret({self.name!r}{allowed})"

    def __str__(self) -> str:
        """Raise a `RenderingError`: a text with it in it would be sent as the name, not the value.

        :raise RenderingError: always.
        """
        part = f"%(secret:{self.name})s" if isinstance(self.name, str) else "%(kw:value)s"
        rest = "" if isinstance(self.name, str) else ", value=Secret(...)"
        msg = (
            f"{quote(self)} cannot become part of a text, because its value is not known before it "
            f"is rendered: write Interpolate({quote(f'... {part} ...')}{rest})"
        )
        raise RenderingError(msg)

    def __format__(self, spec: str) -> str:
        """Raise a `RenderingError`, as `__str__` does."""
        return str(self)

    def __add__(self, other: object) -> str:
        """Raise a `RenderingError`, as `__str__` does."""
        return str(self)

    __radd__ = __add__

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Secret):
            return NotImplemented
        return (identity(self.name), self.allowed) == (identity(other.name), other.allowed)

    def __hash__(self) -> int:
        return hash((Secret, identity(self.name), self.allowed))
