"""Starts the providers of a configuration as in a master that is itself never started."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator, Callable, Iterable, Sequence
from pathlib import Path
from typing import Any

from buildbot.master import BuildMaster
from twisted.internet.defer import TimeoutError as DeferredTimeout
from twisted.internet.defer import maybeDeferred

from buildbot_keychain.deferreds import within
from buildbot_keychain.errors import ConfigurationError
from buildbot_keychain.inspection._loading import working_directory
from buildbot_keychain.interfaces import IAttends

STOPPING = 10.0
"""Seconds that a provider has to stop; what it has answered is not lost if it does not."""


@contextlib.asynccontextmanager
async def started_providers(
    basedir: Path, providers: Sequence[Any], reactor: Any, seconds: float | None = None
) -> AsyncIterator[Any]:
    """Start the entries of ``c["secretsProviders"]``, and stop them at the end.

    They only answer: what is seen to by a master that runs is left to it.

    :param seconds: how long they may take to start, all together; any time by default.
    :return: Buildbot's ``BuildMaster`` that they belong to, which is not started.
    :raise ConfigurationError: if one does not start in time.
    """
    with working_directory(basedir):
        master = BuildMaster(str(basedir), reactor=reactor)
        master.config.secretsProviders = list(providers)
        parent = master.namedServices["secrets"]
        _have_only_answer(providers)
        until = None if seconds is None else reactor.seconds() + seconds

        async def in_time(provider: Any, begin: Callable[..., Any], *arguments: Any) -> None:
            begun = maybeDeferred(begin, *arguments)
            if until is None:
                await begun
                return
            try:
                await within(max(0.0, until - reactor.seconds()), begun, reactor)
            except DeferredTimeout:
                msg = f"the provider {provider.name!r} does not start within {seconds:g} seconds"
                raise ConfigurationError(msg) from None

        for provider in providers:
            await in_time(provider, provider.setServiceParent, parent)
            await in_time(provider, provider.configureService)
        _have_only_answer(getattr(each, "hosted", each) for each in hosted_by(master))
        for provider in providers:
            await in_time(provider, provider.startService)
        try:
            yield master
        finally:
            for provider in providers:
                with contextlib.suppress(DeferredTimeout):
                    await within(STOPPING, maybeDeferred(provider.stopService), reactor)


def hosted_by(master: Any) -> list[Any]:
    """Return the providers that are asked, in their order: of a manager, those that it owns."""
    hosts = master.config.secretsProviders
    return [p for host in hosts for p in getattr(host, "keychain_providers", (host,))]


def _have_only_answer(providers: Iterable[Any]) -> None:
    for provider in providers:
        if IAttends.providedBy(provider):
            provider.only_answer()
