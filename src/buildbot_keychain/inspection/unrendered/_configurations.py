"""Finds renderables in a configuration that Buildbot will never render."""

from __future__ import annotations

import inspect
from collections.abc import Iterator, Mapping
from typing import Any

from buildbot.interfaces import IRenderable
from buildbot.schedulers.forcesched import (
    BaseParameter,
    FixedParameter,
    StringParameter,
    TextParameter,
)
from twisted.python.reflect import accumulateClassList

from buildbot_keychain.inspection._places import avatars_of
from buildbot_keychain.inspection._steps import arguments_by_name, steps_of
from buildbot_keychain.inspection.unrendered._search import (
    converted,
    names_a_secret,
    number_now,
    remedy,
    renderables_in,
    subject,
)
from buildbot_keychain.inspection.unrendered._table import (
    DICTS,
    FLAGS,
    NUMBERS,
    SERVICES,
    STEPS,
)

_BUILDBOTS = ("buildbot.", "buildbot_keychain.")


def unrendered_arguments(config: Any) -> Iterator[str]:
    """Yield a sentence for each renderable that is known to stay one.

    :param config: Buildbot's ``MasterConfig``, loaded.
    """
    for builder in config.builders:
        for cls, step in steps_of(builder):
            init = inspect.getattr_static(cls, "__init__")
            given = arguments_by_name(init, step.args, step.kwargs)
            place = f"builder {builder.name!r}: {cls.__name__}"
            # That of a function in a master.cfg is `None`.
            if str(getattr(init, "__module__", None)).startswith(_BUILDBOTS):
                yield from _problems_of_kinds(cls, given, place)
            yield from _problems(cls, given, STEPS, "renderables", place)
    services = [*config.services.values(), *config.change_sources, *config.workers]
    for service in services:
        cls = type(service)
        if _path(cls) in SERVICES:
            arguments = service._config_args, service._config_kwargs  # noqa: SLF001 - Buildbot's
            given = arguments_by_name(cls.checkConfig, *arguments)
            place = f"{cls.__name__} {service.name!r}"
            yield from _problems(cls, given, SERVICES, "secrets", place)
    yield from _problems_of_users(config.www.get("auth"))
    yield from _problems_of_account(config.manhole, ("username", "password"))
    for avatar in avatars_of(config.www):
        yield from _problems_of_account(avatar, ("token",))
    for scheduler in config.schedulers.values():
        yield from _problems_of_forms(scheduler)


def _problems(
    cls: type,
    given: Mapping[str, Any],
    table: Mapping[str, tuple[str, ...]],
    declaration: str,
    place: str,
) -> Iterator[str]:
    rendered = _declared(cls, declaration)
    for argument in table.get(_path(cls), ()):
        if argument not in rendered:
            for renderable in renderables_in(given.get(argument)):
                yield _sentence(renderable, f"{place}: Buildbot never renders {argument}=")


def _problems_of_kinds(cls: type, given: Mapping[str, Any], place: str) -> Iterator[str]:
    """Yield where a step of class `cls` is given a text, as a secret is, for something else."""
    rendered = _declared(cls, "renderables")
    for argument in NUMBERS:
        for renderable in renderables_in(given.get(argument)):
            if argument not in rendered:
                problem = f"{place}: Buildbot never renders {argument}="
                yield f"{subject(renderable)}: {problem}; {number_now(renderable)}"
            elif names_a_secret(renderable):
                problem = f"{place}: {argument}= is a number, and a secret is a text"
                yield f"{subject(renderable)}: {problem}; {converted(argument, renderable)}"
    for arguments, kind, advice in (
        (FLAGS, "true or false", "write True or False"),
        (DICTS, "a dict", "write {'NAME': ...} around it"),
    ):
        for argument in arguments:
            value = given.get(argument)
            if IRenderable.providedBy(value) and names_a_secret(value):
                problem = f"{place}: {argument}= is {kind}, and a secret is a text"
                yield f"{subject(value)}: {problem}; {advice}"


def _problems_of_users(auth: Any) -> Iterator[str]:
    """Yield what is wrong with the passwords of ``UserPasswordAuth`` and of an LDAP account."""
    for checker in getattr(auth, "checkers", ()):
        for renderable in renderables_in(getattr(checker, "users", None)):
            yield _sentence(
                renderable, f"{type(auth).__name__}: Buildbot never renders a user's password"
            )
    ldap = getattr(auth, "userInfoProvider", None)
    yield from _problems_of_account(ldap, ("bindUser", "bindPw"))


def _problems_of_account(holder: Any, arguments: tuple[str, ...]) -> Iterator[str]:
    """Yield what is wrong with the account that `holder` was given as `arguments`."""
    for argument in arguments:
        for renderable in renderables_in(getattr(holder, argument, None)):
            place = f"{type(holder).__name__}: Buildbot never renders {argument}="
            yield _sentence(renderable, place)


def _problems_of_forms(scheduler: Any) -> Iterator[str]:
    """Yield what is wrong with the parameters of a ``ForceScheduler``: browsers show them.

    A default is right where Buildbot makes a property of it as it is, which it then renders.
    """
    config = getattr(scheduler, "_config_args", ()), getattr(scheduler, "_config_kwargs", {})
    seen: set[int] = set()
    # Buildbot 4.0 takes its arguments when it is made, later ones when it is configured.
    properties: Any = config[1].get("properties") or getattr(scheduler, "forcedProperties", ())
    rendered = [id(each) for each in properties if _makes_a_property(each)]
    for parameter in _parameters_in([config, vars(scheduler)], seen):
        if isinstance(parameter, FixedParameter):  # no browser has a say in it
            continue
        shown = dict(vars(parameter))
        if id(parameter) in rendered:
            shown.pop("default", None)
        for renderable in filter(names_a_secret, renderables_in(shown)):
            place = (
                f"scheduler {scheduler.name!r}: the parameter {parameter.name!r} is filled in by a "
                "browser, and Buildbot does not render what that shows"
            )
            yield f"{subject(renderable)}: {place}; let the build look it up in a step"


def _makes_a_property(parameter: Any) -> bool:
    """Return whether a parameter that is not filled in makes a property of its default."""
    if type(parameter) not in {StringParameter, TextParameter}:
        return False
    return not (parameter.regex or parameter.maxsize is not None or parameter.multiple)


def is_rendered_later(default: Any) -> bool:
    """Return whether the default of a form's parameter is a secret, which no browser may show."""
    return IRenderable.providedBy(default) and names_a_secret(default)


def _parameters_in(value: Any, seen: set[int]) -> Iterator[BaseParameter]:
    if isinstance(value, BaseParameter):
        if id(value) not in seen:
            seen.add(id(value))
            yield value
            yield from _parameters_in(getattr(value, "fields", ()), seen)
    elif isinstance(value, dict):
        yield from _parameters_in(list(value.values()), seen)
    elif isinstance(value, (list, tuple)):
        for item in value:
            yield from _parameters_in(item, seen)


def _declared(cls: type, declaration: str) -> list[str]:
    """Return what a class and its bases say that they render."""
    declared: list[str] = []
    accumulateClassList(cls, declaration, declared)
    return declared


def _sentence(renderable: Any, problem: str) -> str:
    return f"{subject(renderable)}: {problem}; {remedy(renderable)}"


def _path(cls: type) -> str:
    return f"{cls.__module__}.{cls.__qualname__}"
