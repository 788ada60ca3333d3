"""What a ``master.cfg`` configures of secrets and of the database, read without a running master.

The only module of the command that knows Buildbot. The configuration is executed as Buildbot
executes it. Its providers are started as in a master, with a `BuildMaster` that is never started
as their parent, and are asked through this library's own manager; then they are stopped. What the
configuration prints goes to standard error. What it logs is dropped, as it may hold values.
"""

from __future__ import annotations

import contextlib
import os
import sys
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

from twisted.internet.defer import maybeDeferred
from twisted.logger import globalLogBeginner

from buildbot_keychain.cli._exit import CommandError
from buildbot_keychain.cli._reactor import run_in_reactor
from buildbot_keychain.details import SecretDetails
from buildbot_keychain.errors import InvalidSecret, KeychainError, SecretNotFound
from buildbot_keychain.manager import SecretManager
from buildbot_keychain.providers.files import SecretInAFile

try:
    from buildbot.config import master as buildbot_config
    from buildbot.master import BuildMaster
except ImportError:  # `load` reports it
    buildbot_config = BuildMaster = None

DEFAULT_DB_URL = "sqlite:///state.sqlite"
"""The database that Buildbot uses if the configuration names none."""


class MasterConfiguration:
    """A configuration that has been executed.

    :param path: its file.
    :param entries: its ``BuildmasterConfig``.
    """

    def __init__(self, path: Path, entries: dict[str, Any]) -> None:
        self.basedir = path.parent
        self._path = path
        self._entries = entries

    @property
    def db_url(self) -> str:
        """The URL of the database.

        :raise CommandError: if only a running master can render it.
        """
        nested = self._entries.get("db")
        url = nested.get("db_url") if isinstance(nested, dict) else self._entries.get("db_url")
        if url is not None and not isinstance(url, str):
            raise CommandError(f"the db_url in {self._path} must be a plain str: add --db-url")
        return url or DEFAULT_DB_URL

    def secrets(self, names: Sequence[str], warn: Callable[[str], None]) -> list[SecretDetails]:
        """Look up the secrets called `names`; without names, all that providers of files hold.

        :param warn: called with a sentence for each provider that cannot list its secrets.
        :raise CommandError: if a provider cannot be started.
        :raise KeychainError: if a secret cannot be looked up.
        """
        providers = self._entries.get("secretsProviders") or []
        if not providers:
            raise CommandError(f'{self._path} has no c["secretsProviders"]: add --file instead')
        try:
            return run_in_reactor(
                lambda reactor: _look_up(self.basedir, providers, names, warn, reactor)
            )
        except (CommandError, KeychainError):
            raise
        except Exception as error:  # a provider of anybody's may raise anything
            kind = type(error).__name__
            raise CommandError(
                f"cannot start the providers in {self._path} ({kind}): "
                "check that the master starts with them"
            ) from error


def load(path: str) -> MasterConfiguration:
    """Execute the configuration at `path`.

    :raise CommandError: if it does not exist or fails; the message does not quote its error.
    """
    if BuildMaster is None:
        raise CommandError("--config needs Buildbot: run this where the master runs, or use --file")
    file = Path(path).absolute()
    if not file.is_file():
        raise CommandError(f"{path} is not a file: --config needs the path of a master.cfg")
    # Twisted would print what Buildbot logs about a broken configuration.
    globalLogBeginner.beginLoggingTo([], redirectStandardIO=False)
    try:
        with _working_directory(file.parent), contextlib.redirect_stdout(sys.stderr):
            _, entries = buildbot_config.loadConfigDict(str(file.parent), file.name)
    except Exception as error:  # a configuration is a program, and may raise anything
        kind = type(error).__name__
        raise CommandError(
            f"{path} fails with {kind}: run buildbot checkconfig to see why"
        ) from error
    return MasterConfiguration(file, entries)


@contextlib.contextmanager
def _working_directory(directory: Path) -> Iterator[None]:
    """Change to `directory`, as a master does, so that relative paths mean what they mean there."""
    before = Path.cwd()
    os.chdir(directory)
    try:
        yield
    finally:
        os.chdir(before)


async def _look_up(
    basedir: Path,
    providers: Sequence[Any],
    names: Sequence[str],
    warn: Callable[[str], None],
    reactor: Any,  # noqa: ANN401 - several interfaces
) -> list[SecretDetails]:
    with _working_directory(basedir):
        master = BuildMaster(str(basedir), reactor=reactor)
        master.config.secretsProviders = list(providers)
        parent = master.namedServices["secrets"]
        for provider in providers:
            await maybeDeferred(provider.setServiceParent, parent)
            await maybeDeferred(provider.configureService)
            await maybeDeferred(provider.startService)
        try:
            hosted = [p for host in providers for p in getattr(host, "keychain_providers", (host,))]
            public = {name for host in providers for name in getattr(host, "keychain_public", ())}
            manager = SecretManager(hosted, reactor=reactor)
            if names:
                return [await manager.get(name) for name in names]
            return [
                details
                for provider in hosted
                async for details in _all_secrets(manager, provider, warn)
                if details.key not in public
            ]
        finally:
            for provider in providers:
                await maybeDeferred(provider.stopService)


async def _all_secrets(
    manager: SecretManager,
    provider: Any,  # noqa: ANN401 - anybody's
    warn: Callable[[str], None],
) -> AsyncIterator[SecretDetails]:
    names = _names_in(provider)
    if names is None:
        warn(f"provider {provider.name!r} cannot list its secrets: add --name for those to hide")
        return
    for name in names:
        try:
            details = await manager.get(f"{provider.name}!{name}")
        except SecretNotFound:  # a hidden file or a backup, which is not served
            continue
        except InvalidSecret as error:  # which no build can be given either
            warn(f"secret {name!r} is not hidden: {error}")
            continue
        except KeychainError as error:
            raise CommandError(
                f"cannot read the secret {name!r}: {error}; make it readable, or add --name for "
                "each secret to hide"
            ) from error
        yield SecretDetails(details.source, name, details.value)


def _names_in(provider: Any) -> Iterator[str] | None:  # noqa: ANN401 - anybody's
    """Return the names of the secrets of a provider of files, ours or Buildbot's."""
    ours = getattr(provider, "hosted", provider)
    if isinstance(ours, SecretInAFile):
        return ours.names()
    loaded = getattr(provider, "secrets", None)
    return iter(sorted(loaded)) if isinstance(loaded, dict) else None
