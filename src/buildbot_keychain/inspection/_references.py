"""`references`: which secrets a configuration names, and where."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

from buildbot.process import properties

from buildbot_keychain.errors import RenderingError
from buildbot_keychain.inspection._functions import names_in_code
from buildbot_keychain.inspection._places import Place, parts_of, places_in
from buildbot_keychain.patterns import ANYTHING
from buildbot_keychain.rendering import Interpolate, Secret, expected_shape, secret_names

_PLAIN = (str, bytes, int, float, type(None))
"""Types of values without parts; by far the most are of one of them."""


@dataclass(frozen=True)
class Reference:
    """One secret that is named somewhere.

    :param name: ``[provider!]path[|field]`` as it is written there; it may have parts that are
        rendered, as ``deploy-%(prop:env)s`` has.
    :param place: where.
    :param argument: the argument of the place in which it is.
    :param is_needed: whether nothing stands for the secret if it is missing.
    :param pattern: of a name that is computed at run time, what it can be: ``*`` stands for what is
        filled in. ``None`` where the name is constant.
    :param allowed: the patterns of ``allowed=``, of which one must match a computed name.
    :param in_code: whether a function names it, which may or may not look it up when it runs.
    """

    name: str
    place: Place
    argument: str
    is_needed: bool = True
    pattern: str | None = None
    allowed: tuple[str, ...] = ()
    in_code: bool = False

    @property
    def is_computed(self) -> bool:
        """Whether the name is known only at run time."""
        return self.pattern is not None

    @property
    def provider(self) -> str | None:
        """The name or kind of the provider that alone is asked; ``None`` where all are."""
        provider, mark, _ = (self.pattern or self.name).partition("!")
        return provider if mark else None

    @property
    def path(self) -> str:
        """The path, without a field; of a computed name, its pattern."""
        return self._path_and_field[0]

    @property
    def field(self) -> str | None:
        """The field, if there is one."""
        _, mark, field = self._path_and_field
        return field if mark else None

    @property
    def _path_and_field(self) -> tuple[str, str, str]:
        name = self.pattern or self.name
        return (name.partition("!")[2] if self.provider is not None else name).partition("|")


def references(config: Any) -> Iterator[Reference]:
    """Yield the secrets that a configuration names; each once for an argument of a place.

    :param config: Buildbot's ``MasterConfig``, loaded.
    """
    for place in places_in(config):
        yield from references_at(place)


def references_at(place: Place) -> Iterator[Reference]:
    """Yield the secrets that one place of a configuration names."""
    seen: set[int] = set()
    for argument, value in place.arguments.items():
        found = _names_in(value, seen)
        for each in dict.fromkeys(found):
            yield Reference(each.name, place, argument, *each[1:])


class _Found(NamedTuple):
    """A name; the fields are those of `Reference`."""

    name: str
    is_needed: bool = True
    pattern: str | None = None
    allowed: tuple[str, ...] = ()
    in_code: bool = False


def _names_in(value: Any, seen: set[int]) -> Iterator[_Found]:
    """Yield the names in `value` and whatever it consists of."""
    if type(value) in _PLAIN or id(value) in seen:
        return
    seen.add(id(value))
    if isinstance(value, (Secret, properties.Secret)):
        yield _named(value)
    elif isinstance(value, (Interpolate, properties.Interpolate)) and not value.args:
        for name, is_needed in secret_names(value.fmtstring):
            pattern = _pattern(name, value.kwargs)
            is_known = pattern is not None and ANYTHING not in pattern  # only texts are filled in
            yield _Found(str(pattern), is_needed) if is_known else _Found(name, is_needed, pattern)
    elif callable(value):
        for made in names_in_code(value):
            pattern = ANYTHING if made is None else _pattern(made, {})
            yield _Found(made or ANYTHING, is_needed=False, pattern=pattern, in_code=True)
    for part in parts_of(value):
        yield from _names_in(part, seen)


def _named(secret: Any) -> _Found:
    name, allowed = secret.secret_name, getattr(secret, "allowed", ())
    if isinstance(name, str):
        return _Found(name, allowed=allowed)
    shape = expected_shape(name)
    pattern = shape if isinstance(shape, str) else ANYTHING
    return _Found(getattr(name, "fmtstring", pattern), pattern=pattern, allowed=allowed)


def _pattern(name: str, kwargs: Mapping[str, Any]) -> str | None:
    """Return what a name in a format can be, if parts of it are filled in."""
    if "%(" not in name:
        return None
    try:
        return Interpolate(name, **kwargs).expected_shape()
    except RenderingError:  # Buildbot's own has another grammar
        return ANYTHING
