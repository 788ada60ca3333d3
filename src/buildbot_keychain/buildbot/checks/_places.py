"""`places_in`: where secrets may be in a configuration. `uses_in`: which are named there."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

from buildbot.interfaces import IRenderable
from buildbot.process import properties
from buildbot.util.service import BuildbotService
from twisted.python.reflect import accumulateClassList

from buildbot_keychain.buildbot._steps import steps_of
from buildbot_keychain.providers.arguments import SecretArgument
from buildbot_keychain.rendering import Interpolate, Secret, secret_names

_OURS = "buildbot_keychain."


class Place(NamedTuple):
    """One part of a configuration that may hold secrets.

    :param words: where it is.
    :param value: what it holds.
    :param owner: the class of the step or service that is given it; ``None`` for the master itself.
    """

    words: str
    value: Any
    owner: type | None = None


class Use(NamedTuple):
    """One secret that is used somewhere.

    :param place: where, in words.
    :param name: the name as it is written there; it may have parts that are rendered, as
        ``deploy-%(prop:env)s`` has.
    :param is_needed: whether nothing stands for the secret if it is missing.
    """

    place: str
    name: str
    is_needed: bool


def uses_in(config: Any) -> Iterator[Use]:
    """Yield the uses of secrets in a configuration.

    :param config: Buildbot's ``MasterConfig``, loaded.
    """
    for place in places_in(config):
        for name, is_needed in dict.fromkeys(_names_in(place.value, set())):
            yield Use(place.words, name, is_needed)


def places_in(config: Any) -> Iterator[Place]:
    """Yield the places of a configuration that may hold secrets."""
    for builder in config.builders:
        place = f"builder {builder.name!r}"
        yield Place(place, [builder.properties, builder.defaultProperties, builder.env])
        for cls, step in steps_of(builder):
            yield Place(f"{place}, step {cls.__name__}", [step.args, step.kwargs], cls)
    services = [
        *config.workers,
        *config.services.values(),
        *config.change_sources,
        *config.schedulers.values(),
        *config.secretsProviders,
    ]
    for service in services:
        cls = type(service)
        yield Place(f"{cls.__name__} {service.name!r}", arguments_of(service), cls)
    auth = config.www.get("auth")
    hooks = config.www.get("change_hook_dialects")
    yield Place('c["www"]', [hooks, getattr(auth, "__dict__", None)])
    yield Place("the database", getattr(config.db, "__dict__", config.db))


def arguments_of(value: Any) -> list[Any]:
    """Return the arguments that `value` was made with, if it is a service of Buildbot.

    Nearly all keep them for their configuration; a few, such as ``PBChangeSource``, as attributes.
    """
    if not isinstance(value, BuildbotService):
        return []
    compared: list[str] = []
    accumulateClassList(type(value), "compare_attrs", compared)
    return [getattr(value, name, None) for name in dict.fromkeys(compared)]


def is_ours(value: Any) -> bool:
    """Return whether `value` is an object of this package."""
    return type(value).__module__.startswith(_OURS)


def _names_in(value: Any, seen: set[int]) -> Iterator[tuple[str, bool]]:
    """Yield the names in `value` and whatever it consists of, and whether each is needed."""
    if id(value) in seen:
        return
    seen.add(id(value))
    if isinstance(value, (Secret, properties.Secret)) and isinstance(value.secret_name, str):
        yield value.secret_name, True
    elif isinstance(value, (Interpolate, properties.Interpolate)) and not value.args:
        yield from secret_names(value.fmtstring)
    for part in _parts_of(value):
        yield from _names_in(part, seen)


def _parts_of(value: Any) -> list[Any]:
    if isinstance(value, dict):
        return [*value.keys(), *value.values()]
    if isinstance(value, (list, tuple, set, frozenset)):
        return list(value)
    if isinstance(value, BuildbotService):
        return arguments_of(value)
    if isinstance(value, SecretArgument):
        return [value.given]
    if IRenderable.providedBy(value) or is_ours(value):
        return list(getattr(value, "__dict__", {}).values())
    return []
