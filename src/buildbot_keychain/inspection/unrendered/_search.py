"""Finds renderables in the arguments of steps, services and commands."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from buildbot.interfaces import IRenderable
from buildbot.process import properties

from buildbot_keychain.errors import quote
from buildbot_keychain.rendering import Interpolate, Secret


def renderables_in(value: Any) -> Iterator[Any]:
    """Yield the renderables in `value`, and in the lists, tuples, sets and dicts in it."""
    if IRenderable.providedBy(value):
        yield value
    elif isinstance(value, dict):
        for key, item in value.items():
            yield from renderables_in(key)
            yield from renderables_in(item)
    elif isinstance(value, (list, tuple, set, frozenset)):
        for item in value:
            yield from renderables_in(item)


def names_a_secret(renderable: Any) -> bool:
    """Return whether `renderable`, ours or Buildbot's, is or contains the value of a secret."""
    if isinstance(renderable, (Interpolate, properties.Interpolate)):
        return "%(secret:" in renderable.fmtstring or any(
            names_a_secret(part) for part in renderables_in([renderable.args, renderable.kwargs])
        )
    return isinstance(renderable, (Secret, properties.Secret))


def subject(renderable: Any) -> str:
    """Return what a message about `renderable` begins with."""
    name = _constant_name(renderable)
    return quote(renderable) if name is None else f"secret {quote(name)}"


def remedy(renderable: Any) -> str:
    """Return what to write in place of `renderable`, as the end of a sentence."""
    name = _constant_name(renderable)
    if name is None:
        return "write a text there, or secrets.now('name') for the value of a secret"
    return f"write secrets.now({quote(name)}) there, which looks it up when the master.cfg is read"


def converted(argument: str, renderable: Any) -> str:
    """Return what to write for an argument that is to be rendered to a number, like `remedy`."""
    name = _constant_name(renderable)
    given = "..." if name is None else f"util.Secret({quote(name)})"
    return f"write {argument}=util.Transform(int, {given})"


def number_now(renderable: Any) -> str:
    """Return what to write for an argument that has to be a number at once, like `remedy`."""
    name = _constant_name(renderable) or "name"
    return f"write int(secrets.now({quote(name)})) there, or a number"


def _constant_name(renderable: Any) -> str | None:
    name = getattr(renderable, "secret_name", None)
    return name if isinstance(name, str) else None
