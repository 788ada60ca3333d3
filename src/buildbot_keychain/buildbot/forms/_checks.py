"""Checks the forms of a configuration that ask for secrets."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from typing import Any

from buildbot.schedulers.forcesched import BaseParameter, CodebaseParameter, ForceScheduler

from buildbot_keychain.buildbot.forms._parameter import SecretParameter
from buildbot_keychain.buildbot.forms._provider import NAME
from buildbot_keychain.errors import quote


def form_problems(config: Any) -> Iterator[str]:
    """Yield a sentence for each form that cannot ask for its secrets.

    :param config: Buildbot's ``MasterConfig``, loaded; its providers are providers.
    """
    managers = [each for each in config.secretsProviders if getattr(each, "key_file", None)]
    for scheduler in config.schedulers.values():
        if isinstance(scheduler, ForceScheduler):
            for problem in _problems(scheduler, has_keys=bool(managers)):
                yield f"the form {quote(scheduler.name)}: {problem}"
    providers = [
        provider
        for each in config.secretsProviders
        for provider in getattr(each, "wanted_providers", (each,))
    ]
    if managers and any(NAME in {each.name, getattr(each, "kind", None)} for each in providers):
        yield (
            f"a provider is called {NAME!r}, as is the one for what is typed into forms: give it "
            "another name"
        )


def _problems(scheduler: Any, *, has_keys: bool) -> Iterator[str]:
    arguments = getattr(scheduler, "_config_kwargs", {})
    # Buildbot 4.0 takes its arguments when it is made, later ones when it is configured.
    whose = {
        argument: arguments.get(argument) or getattr(scheduler, argument, None)
        for argument in ("reason", "username", "priority")
    }
    properties = getattr(scheduler, "forcedProperties", None) or [
        *(arguments.get("codebases") or ()),
        *(arguments.get("properties") or ()),
    ]
    counted = Counter(
        each.name if isinstance(each, SecretParameter) else each.fullName
        for each in _fields([*whose.values(), *properties])
    )
    for parameter in properties:
        if not isinstance(parameter, SecretParameter):
            continue
        place = f"the SecretParameter {quote(parameter.name)}"
        if not has_keys:
            yield (
                f"{place} needs keys to seal what is typed: write SecretManager(key_file=...) in "
                'c["secretsProviders"]'
            )
        for name, own in ((parameter.name, 1), (parameter.fullName, 0)):
            if counted[name] > own:
                counted[name] = own  # once is enough
                yield f"several fields are called {quote(name)}: rename all but one"
    for argument, parameter in whose.items():
        if isinstance(parameter, SecretParameter):
            yield f"a SecretParameter cannot be its {argument}: write it into properties=[...]"


def _fields(parameters: Iterable[Any]) -> Iterator[BaseParameter]:
    """Yield parameters and, of those that consist of others, these as well."""
    for each in parameters:
        # A codebase may be given by its name, which stands for fields of the usual names.
        parameter = CodebaseParameter(codebase=each) if isinstance(each, str) else each
        if isinstance(parameter, BaseParameter):
            yield parameter
            yield from _fields(getattr(parameter, "fields", None) or ())
