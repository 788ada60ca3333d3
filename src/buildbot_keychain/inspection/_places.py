"""`places_in`: where secrets may be in a configuration."""

from __future__ import annotations

import inspect
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any

from buildbot.util.service import BuildbotService
from twisted.python.reflect import accumulateClassList

from buildbot_keychain.inspection._functions import is_renderable, taken_along
from buildbot_keychain.inspection._steps import arguments_by_name, steps_of
from buildbot_keychain.providers.arguments import SecretArgument
from buildbot_keychain.uses import DATABASE, HOOKS

_OURS = "buildbot_keychain."

BUILDER, STEP, SERVICE, PROVIDER, WEB = "builder", "step", "service", "provider", "web"


@dataclass(frozen=True)
class Place:
    """One part of a configuration that may hold secrets.

    :param kind: `BUILDER` for what all builds of a builder have; `STEP`; `PROVIDER`; `WEB` for what
        the pages have; `SERVICE` for every other part of a master.
    :param words: where it is.
    :param arguments: what it was given, by the names of the arguments.
    :param owner: the class of the step or service that is given it; ``None`` for the master itself.
    :param builder: the name of the builder.
    :param step: the number of the step in the factory, from 0.
    :param name: of a step, what it calls itself, if that is a text; of others, by which name they
        ask.
    """

    kind: str
    words: str
    arguments: Mapping[str, Any]
    owner: type | None = None
    builder: str | None = None
    step: int | None = None
    name: str | None = None

    @property
    def report(self) -> str:
        """Where it is, with the number and the name of a step."""
        if self.step is None or self.owner is None:
            return self.words
        name = "" if self.name is None else f" {self.name!r}"
        return f"builder {self.builder!r}, step {self.step + 1} ({self.owner.__name__}{name})"


def places_in(config: Any) -> Iterator[Place]:
    """Yield the places of a configuration that may hold secrets.

    :param config: Buildbot's ``MasterConfig``, loaded.
    """
    for builder in config.builders:
        yield from _places_of_builder(builder)
    services = [
        *config.workers,
        *config.services.values(),
        *config.change_sources,
        *config.schedulers.values(),
        *getattr(config, "machines", ()),
        *getattr(config, "user_managers", ()),
    ]
    for service in services:
        yield _place_of_service(SERVICE, service)
    for entry in config.secretsProviders:
        yield from _places_of_entry(entry)
    yield from _places_of_web(config.www)
    manhole = getattr(config, "manhole", None)
    yield Place(SERVICE, 'c["manhole"]', getattr(manhole, "__dict__", {}), name="manhole")
    database = config.db if isinstance(config.db, dict) else getattr(config.db, "__dict__", {})
    yield Place(SERVICE, "the database", database, name=DATABASE)


def _places_of_builder(builder: Any) -> Iterator[Place]:
    name = builder.name
    words = f"builder {name!r}"
    given = {
        "properties": builder.properties,
        "defaultProperties": builder.defaultProperties,
        "env": builder.env,
    }
    yield Place(BUILDER, words, given, builder=name)
    for number, (cls, step) in enumerate(steps_of(builder)):
        init = inspect.getattr_static(cls, "__init__")
        arguments = arguments_by_name(init, step.args, step.kwargs)
        called = arguments.get("name")
        yield Place(
            STEP,
            f"{words}, step {cls.__name__}",
            arguments,
            cls,
            builder=name,
            step=number,
            name=called if isinstance(called, str) else None,
        )


def _places_of_entry(entry: Any) -> Iterator[Place]:
    """Yield the places of an entry of ``c["secretsProviders"]``, and of the providers in it."""
    place = _place_of_service(PROVIDER, entry)
    owned = getattr(entry, "wanted_providers", None)
    if owned is None:
        yield place
        return
    others = {name: given for name, given in place.arguments.items() if name != "providers"}
    yield replace(place, arguments=others)
    for provider in owned:
        yield _place_of_service(PROVIDER, provider)


def _place_of_service(kind: str, service: Any) -> Place:
    cls, name = type(service), getattr(service, "name", None)
    given = arguments_of(service) or _attributes(service)
    return Place(kind, f"{cls.__name__} {name!r}", given, cls, name=name)


def _places_of_web(www: Mapping[str, Any]) -> Iterator[Place]:
    words = 'c["www"]'
    for dialect, options in (www.get("change_hook_dialects") or {}).items():
        yield Place(WEB, words, {dialect: options}, name=f"{HOOKS}{dialect}")
    yield Place(WEB, words, _attributes(www.get("auth")), name="auth")
    others = {name: www.get(name) for name in ("change_hook_auth", "plugins")}
    yield Place(WEB, words, {**others, "avatar_methods": avatars_of(www)})


def avatars_of(www: Mapping[str, Any]) -> list[Any]:
    """Return what finds pictures of people, of which Buildbot takes one or a list.

    :param www: ``c["www"]``, as Buildbot has loaded it.
    """
    found = www.get("avatar_methods") or ()
    return list(found) if isinstance(found, (list, tuple)) else [found]


def arguments_of(service: Any) -> dict[str, Any]:
    """Return the arguments that `service` was made with, by name.

    Nearly all services of Buildbot keep them for their configuration; a few, such as
    ``PBChangeSource``, as attributes. What is not such a service has none.
    """
    if not isinstance(service, BuildbotService):
        return {}
    compared: list[str] = []
    accumulateClassList(type(service), "compare_attrs", compared)
    found = {name: getattr(service, name, None) for name in dict.fromkeys(compared)}
    args, kwargs = found.pop("_config_args", None), found.pop("_config_kwargs", None)
    provider = getattr(service, "provider_class", None)  # ours, which Buildbot's service hosts
    takes = type(service).checkConfig if provider is None else provider.__init__
    named = arguments_by_name(takes, tuple(args or ()), kwargs or {})
    return {**found, **named}


@lru_cache(maxsize=4096)
def _is_known(cls: Any) -> bool:
    """Return whether objects of a class may hold renderables: Buildbot's, ours, what it renders."""
    known = cls.__module__.startswith((_OURS, "buildbot."))
    return known or callable(getattr(cls, "getRenderingFor", None))


def _attributes(value: Any) -> dict[str, Any]:
    """Return what an object holds, but the master that it is of: with that, it had all places."""
    held = getattr(value, "__dict__", {})
    return {name: each for name, each in held.items() if name != "master"}


def is_ours(value: Any) -> bool:
    """Return whether `value` is an object of this package."""
    return type(value).__module__.startswith(_OURS)


def parts_of(value: Any) -> list[Any]:
    """Return what a value in a configuration consists of, where secrets may be in it."""
    if isinstance(value, dict):
        return [*value.keys(), *value.values()]
    if isinstance(value, (list, tuple, set, frozenset)):
        return list(value)
    if isinstance(value, BuildbotService):
        return list(arguments_of(value).values())
    if isinstance(value, SecretArgument):
        return [value.given]
    cls: Any = type(value)
    if is_renderable(value) or _is_known(cls):
        return list(_attributes(value).values())
    return taken_along(value) if callable(value) else []
