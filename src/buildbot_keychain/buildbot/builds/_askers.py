"""`who_asks`: finds out for whom Buildbot looks a secret up, when it begins to.

The order, of which the first that is known counts:

1. The build whose properties are rendered with. Everything else in Buildbot makes empty properties
   of its own for each rendering: services, hooks, but also the Git steps.
2. The nearest part of the master on the stack, a service, a provider, a hook, or a step. Services
   render when they are configured, hooks at each request.
3. What was found for the same properties before: Git renders several secrets, one after the other,
   and by the second the stack is gone.
4. The build whose step is running, by a context variable. Contexts follow what a step starts, and
   so leak: a step that ends makes a reporter send a report. Therefore this comes last, and not
   where the stack shows a part of the master that asks for nobody in particular, such as a builder
   that is about to start another build. The message queue delivers outside of every build.

What is left is unknown.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any

from buildbot_keychain.buildbot.builds._requesters import requester_of
from buildbot_keychain.buildbot.builds._stack import ASKS_FOR_NOBODY, nearest_on_stack
from buildbot_keychain.details import Requester

_UNKNOWN = Requester("unknown")

_REMEMBERED = "keychain_asker"
"""The attribute of Buildbot's properties that keeps who was found to render with them."""

_building: ContextVar[Any] = ContextVar("building", default=None)
LOOKED_UP: ContextVar[str | None] = ContextVar("looked_up", default=None)


@dataclass(frozen=True)
class Asker:
    """Whom a secret is looked up for.

    :param build: Buildbot's ``Build``, if it is one.
    :param part: the part of the master, if it is not a build.
    """

    build: Any = None
    part: Requester = _UNKNOWN

    @property
    def requester(self) -> Requester:
        """Who asks, as far as it is known now."""
        return self.part if self.build is None else requester_of(self.build)


@contextmanager
def building(build: Any) -> Iterator[None]:
    """Attribute what is started in this context to `build`; to no build if it is ``None``."""
    token = _building.set(build)
    try:
        yield
    finally:
        _building.reset(token)


@contextmanager
def looking_up(name: str) -> Iterator[None]:
    """Mark what is started in this context as parts of the lookup of `name`, whose asker is known.

    What providers look up in turn, for themselves, is not for the build that asks.
    """
    token = LOOKED_UP.set(name)
    try:
        with building(None):
            yield
    finally:
        LOOKED_UP.reset(token)


def who_asks_a_provider() -> Asker:
    """Return who asks a provider for a secret now, and not by a lookup; call it at once."""
    return who_asks(None) if LOOKED_UP.get() is None else Asker()


def name_looked_up() -> str | None:
    """Return the name of the secret that is being looked up now, ``None`` if none is."""
    return LOOKED_UP.get()


def who_asks(properties: Any) -> Asker:
    """Return for whom Buildbot renders with `properties`; call it before anything is awaited.

    :param properties: Buildbot's ``Properties``, or ``None`` where there are none.
    """
    build = None if properties is None else properties.getBuild()
    if build is not None:
        return Asker(build)
    owner = nearest_on_stack()
    if owner is ASKS_FOR_NOBODY:
        return Asker()
    if owner is not None:
        asker = Asker(part=owner) if isinstance(owner, Requester) else Asker(owner)
        if properties is not None:
            setattr(properties, _REMEMBERED, asker)
        return asker
    remembered: Asker | None = getattr(properties, _REMEMBERED, None)
    return remembered or Asker(_building.get())
