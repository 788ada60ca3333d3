"""What a ``master.cfg`` says of secrets and of the database, read without a running master.

The one module of the command that knows Buildbot. The configuration is executed, as Buildbot
itself does it. Providers are started as under a master, though the `BuildMaster` that they belong
to never is, and asked by this library's own manager; then they are stopped. What the configuration
prints goes to standard error, what it logs goes nowhere, as it may hold values.
"""

from __future__ import annotations

import contextlib
import os
import signal
import sys
from collections.abc import Callable, Coroutine, Iterator, Sequence
from pathlib import Path
from typing import Any

from twisted.internet.defer import Deferred, maybeDeferred
from twisted.logger import globalLogBeginner
from twisted.python.failure import Failure

from buildbot_keychain.cli.outcome import Stop
from buildbot_keychain.details import SecretDetails
from buildbot_keychain.errors import KeychainError, SecretNotFound
from buildbot_keychain.manager import SecretManager
from buildbot_keychain.providers.files import SecretInAFile

try:
    from buildbot.config import master as configuration
    from buildbot.master import BuildMaster
except ImportError:  # `load` says so
    configuration = BuildMaster = None

DEFAULT_DB_URL = "sqlite:///state.sqlite"
"""What Buildbot takes where the configuration says nothing."""


class MasterConfiguration:
    """A configuration that has been executed.

    :param path: the file it was.
    :param entries: its ``BuildmasterConfig``.
    """

    def __init__(self, path: Path, entries: dict[str, Any]) -> None:
        self.basedir = path.parent
        self._path = path
        self._entries = entries

    @property
    def db_url(self) -> str:
        """Where the database is.

        :raise Stop: when it is only known to a running master.
        """
        nested = self._entries.get("db")
        url = nested.get("db_url") if isinstance(nested, dict) else self._entries.get("db_url")
        if url is not None and not isinstance(url, str):
            raise Stop(f"the db_url in {self._path} is rendered by the master: give --db-url")
        return url or DEFAULT_DB_URL

    def secrets(self, names: Sequence[str], say: Callable[[str], None]) -> list[SecretDetails]:
        """Look up the secrets called `names`; without names, all that are files of a provider's.

        :param say: told of each provider that cannot list what it holds.
        :raise Stop: when one cannot be looked up.
        """
        providers = self._entries.get("secretsProviders") or []
        if not providers:
            raise Stop(f'{self._path} has no c["secretsProviders"]: name secrets by --file')
        found: list[SecretDetails] = _in_reactor(
            lambda reactor: _look_up(self.basedir, providers, names, say, reactor)
        )
        return found


def load(path: str) -> MasterConfiguration:
    """Execute the configuration at `path`.

    :raise Stop: when it is not there or fails; its own text is withheld.
    """
    if BuildMaster is None:
        raise Stop("--config needs Buildbot: run this where the master runs, or use --file")
    file = Path(path).absolute()
    if not file.is_file():
        raise Stop(f"{path} is no file: give the path of a master.cfg")
    # Twisted would print what Buildbot logs about a broken configuration.
    globalLogBeginner.beginLoggingTo([], redirectStandardIO=False)
    failure = None
    before = Path.cwd()
    os.chdir(file.parent)  # as a master runs, so that relative paths mean what they mean there
    try:
        with contextlib.redirect_stdout(sys.stderr):
            _, entries = configuration.loadConfigDict(str(file.parent), file.name)
    except Exception as error:  # noqa: BLE001 - a configuration is a program
        failure = type(error).__name__
    finally:
        os.chdir(before)
    if failure is not None:
        raise Stop(f"{path} fails with {failure}: run buildbot checkconfig to see why")
    return MasterConfiguration(file, entries)


async def _look_up(
    basedir: Path,
    providers: Sequence[Any],
    names: Sequence[str],
    say: Callable[[str], None],
    reactor: Any,  # noqa: ANN401 - several interfaces
) -> list[SecretDetails]:
    before = Path.cwd()
    os.chdir(basedir)
    try:
        master = BuildMaster(str(basedir), reactor=reactor)
        master.config.secretsProviders = list(providers)
        host = master.namedServices["secrets"]
        for provider in providers:
            await maybeDeferred(provider.setServiceParent, host)
            await maybeDeferred(provider.configureService)
            await maybeDeferred(provider.startService)
        try:
            asked = tuple(
                p for host in providers for p in getattr(host, "keychain_providers", (host,))
            )
            public = frozenset().union(
                *(getattr(host, "keychain_public", ()) for host in providers)
            )
            manager = SecretManager(asked, reactor=reactor)
            if names:
                return [await manager.get(name) for name in names]
            return [
                d for p in asked async for d in _held_by(manager, p, say) if d.key not in public
            ]
        finally:
            for provider in providers:
                await maybeDeferred(provider.stopService)
    finally:
        os.chdir(before)


async def _held_by(manager: SecretManager, provider: Any, say: Callable[[str], None]) -> Any:  # noqa: ANN401
    names = _listed(provider)
    if names is None:
        say(f"provider {provider.name!r} cannot list its secrets: add --name for those to hide")
        return
    for name in names:
        try:
            details = await manager.get(f"{provider.name}!{name}")
        except SecretNotFound:  # a file that is served to nobody: hidden, or a backup
            continue
        yield SecretDetails(details.source, name, details.value)


def _listed(provider: Any) -> Iterator[str] | None:  # noqa: ANN401 - anyone's provider
    """Give the names of the secrets of a provider of files, ours or Buildbot's."""
    ours = getattr(provider, "hosted", provider)
    if isinstance(ours, SecretInAFile):
        return ours.names()
    loaded = getattr(provider, "secrets", None)
    return iter(sorted(loaded)) if isinstance(loaded, dict) else None


def _in_reactor(work: Callable[[Any], Coroutine[Any, Any, Any]]) -> Any:  # noqa: ANN401
    """Do `work` in Twisted's reactor, which runs for as long as that takes and never again."""
    from twisted.internet import reactor  # noqa: PLC0415 - not before it is needed

    outcome: list[Any] = []

    def begin() -> None:
        Deferred.fromCoroutine(work(reactor)).addBoth(finish)

    def finish(result: object) -> None:
        outcome.append(result)
        reactor.stop()

    handlers = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}
    reactor.callWhenRunning(begin)
    reactor.run()
    for number, handler in handlers.items():
        signal.signal(number, handler)
    if not outcome:
        raise KeyboardInterrupt
    (result,) = outcome
    if not isinstance(result, Failure):
        return result
    if isinstance(result.value, KeychainError):
        raise Stop(str(result.value))
    # A foreign provider may raise anything, with any text.
    kind = type(result.value).__name__
    raise Stop(f"the providers could not be started ({kind}): does the master start with them")
