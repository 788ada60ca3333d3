"""The store that a command line names, and opening it.

A store is named by the URL of its database and the file of its keys: by options, by variables of
the environment, which hold places and never values, or by the `SecretInStore` of a ``master.cfg``.
A URL with a password is refused in the first two, as other users can read them.

`StoreAccess` is what commands know of a store that is open; `OpenStore` fulfils it.
"""

from __future__ import annotations

import argparse
import contextlib
import os
import pwd
import re
import socket
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from buildbot_keychain.cli import _prompt, _terminal
from buildbot_keychain.cli._exit import CommandError, UsageError
from buildbot_keychain.errors import ConfigurationError

if TYPE_CHECKING:
    from buildbot_keychain.store.journal import Entry
    from buildbot_keychain.store.metadata import Metadata
    from buildbot_keychain.store.rekeying import Rekeying
    from buildbot_keychain.store.rotation import Rotation
    from buildbot_keychain.store.store import Description, Keep, Value
    from buildbot_keychain.store.unlocking import Unlock
    from buildbot_keychain.store.verification import Report
    from buildbot_keychain.store.wraps import Unwrapper

STORE = "BUILDBOT_KEYCHAIN_STORE"
KEY_FILE = "BUILDBOT_KEYCHAIN_KEY_FILE"
"""Variables of the environment."""

_PASSWORD = re.compile(r"[^:]*://[^:/]*:[^@]*@")
"""In a URL that SQLAlchemy does not take, or that it is not there to take."""

_LONGEST_ACTOR = 200

_EXTRAS = {
    "gnupg": "pass",
    "pyotp": "pass",
    "pyrage": "pass",
    "tomli": "files",
    "yaml": "files",
}
"""What installs a library; all others come with the store's."""


class Secrets(Protocol):
    """The secrets of a store that is open, as `buildbot_keychain.store.store.Store` describes."""

    def get(self, name: str, version: int | None = None) -> Value | None: ...
    def describe(self, name: str, version: int | None = None) -> Description | None: ...
    def versions(self, name: str) -> Sequence[Description]: ...
    def page(self, after: str = "", limit: int = 100) -> Sequence[Description]: ...
    def history(self, name: str) -> Sequence[Entry]: ...
    def set(
        self,
        name: str,
        value: str | bytes,
        *,
        now: int,
        expected: int | None = None,
        **metadata: Any,  # noqa: ANN401 - the fields of `Metadata`
    ) -> int: ...
    def edit(
        self,
        name: str,
        *,
        now: int,
        change_of: Callable[[Metadata], Mapping[str, Any]] = ...,
        **metadata: Any,  # noqa: ANN401 - the same
    ) -> Metadata: ...
    def rollback(
        self, name: str, version: int, *, now: int, expected: int | None = None
    ) -> None: ...
    def rename(self, name: str, new_name: str, *, now: int) -> None: ...
    def delete(self, name: str, *, now: int) -> None: ...
    def undelete(self, name: str, *, now: int) -> None: ...
    def purge(self, name: str, *, now: int) -> None: ...
    def note_use(self, name: str, now: int) -> None: ...


class StoreAccess(Protocol):
    """A store that is open, as `OpenStore` describes."""

    @property
    def secrets(self) -> Secrets: ...
    @property
    def rotation(self) -> Rotation: ...
    @property
    def rekeying(self) -> Rekeying: ...

    def verify(self) -> Report: ...
    def close(self) -> None: ...


@dataclass(frozen=True)
class Place:
    """Where a store is.

    :param url: of its database, as SQLAlchemy has it.
    :param key_file: the file of its keys.
    :param unlock: what opens the keys, as ``KIND:WHERE`` or as a configuration declares it.
    :param keep: which versions are kept, if nothing else is said.
    :param directory: that of the master whose configuration says so: its files are below it.
    """

    url: str
    key_file: Path
    unlock: tuple[str | Unlock, ...] = ()
    keep: Keep | None = None
    directory: str | None = None

    @property
    def seen_file(self) -> Path:
        """The file of the end of the journal as it was seen last; the keys stand beside it."""
        return self.key_file.with_name(f"{self.key_file.name}.seen")

    def unwrappers(self) -> Sequence[Unwrapper]:
        """Return what opens the keys: nothing where they are not wrapped.

        Where nothing else is said and they are wrapped for a passphrase, it is asked for.

        :raise KeychainError: when the file of the keys, or what opens them, cannot be read.
        :raise CommandError: when there is no terminal to ask at.
        """
        if self.unlock:
            with _in_directory(self.directory):
                return _declared(self.unlock)
        from buildbot_keychain.store.ring_file import RingFile  # noqa: PLC0415 - cryptography

        if all(wrap.kind != "passphrase" for wrap in RingFile(self.key_file).wraps()):
            return []
        return [_asked_passphrase(self.key_file)]


def add_arguments(parser: argparse.ArgumentParser, *, config: bool = True) -> None:
    """Add the options that name a store.

    :param config: whether a configuration may, which needs a store that is there.
    """
    group = parser.add_argument_group("which store")
    group.add_argument(
        "--store",
        metavar="URL",
        help=f"its database, such as sqlite:///secrets.sqlite; by default, ${STORE}",
    )
    group.add_argument(
        "--key-file", metavar="FILE", help=f"the file of its keys; by default, ${KEY_FILE}"
    )
    group.add_argument(
        "--unlock",
        action="append",
        default=[],
        metavar="KIND:WHERE",
        help="what opens the keys where they are wrapped: passphrase-file:FILE, "
        "passphrase-credential:NAME (of systemd), passphrase-fd:NUMBER (3<FILE) or age:FILE (a "
        "private key); can be repeated; by default, the passphrase is asked for",
    )
    if not config:
        parser.set_defaults(config=None)
        return
    group.add_argument(
        "--config",
        metavar="MASTER.CFG",
        help="that of a SecretInStore in this file, which is executed; a master's directory will "
        "do",
    )
    group.add_argument(
        "--provider", metavar="NAME", help="with --config: which one, if there are several"
    )


def place(arguments: argparse.Namespace) -> Place:
    """Return where the store is that a command line names.

    :raise UsageError: when it names none, or with a password.
    :raise CommandError: when it names a configuration that cannot be used.
    """
    if arguments.config:
        if arguments.store or arguments.key_file or arguments.unlock:
            raise UsageError("--config says all of --store, --key-file and --unlock")
        return _configured(arguments)
    url = arguments.store or os.environ.get(STORE)
    key_file = arguments.key_file or os.environ.get(KEY_FILE)
    if not url:
        raise UsageError(f"no store is named: add --store URL, or set {STORE}")
    if not key_file:
        raise UsageError(f"no file of keys is named: add --key-file FILE, or set {KEY_FILE}")
    if not url.startswith("sqlite:") and _has_password(url):
        raise UsageError(
            "the URL of the store has a password, which other users can read there: put it into "
            "the file that PGPASSFILE names, or into a service file"
        )
    return Place(url, Path(key_file).absolute(), tuple(arguments.unlock))


def _has_password(url: str) -> bool:
    from buildbot_keychain.store.database import has_password  # noqa: PLC0415 - it is slow

    with contextlib.suppress(ConfigurationError):
        return has_password(url)
    return bool(_PASSWORD.match(url))


@contextlib.contextmanager
def opened(
    arguments: argparse.Namespace,
    *,
    accept_rollback: bool = False,
    keep: Keep | None = None,
) -> Iterator[StoreAccess]:
    """Open the store that a command line names, and close it at the end of a ``with`` statement.

    :param accept_rollback: whether a database that is older than what was seen is meant.
    :param keep: which versions are kept of what is written; by default, what the configuration
        says.
    :raise CommandError: when it names none, or there is no terminal to ask for a passphrase.
    :raise KeychainError: when it cannot be opened, or a library is missing.
    """
    where = place(arguments)
    with opening():
        from buildbot_keychain.store.opening import OpenStore  # noqa: PLC0415 - it is slow

        store = OpenStore(
            where.url,
            where.key_file,
            actor=actor(),
            unwrappers=where.unwrappers(),
            keep=keep or where.keep,
            seen=where.seen_file,
            accept_rollback=accept_rollback,
        )
    try:
        yield store
    finally:
        if store.ledger.seen_problem is not None:
            _terminal.Terminal().message(
                f"warning: {store.ledger.seen_problem}; until that is mended, nobody may notice "
                "here that the database was put back"
            )
        store.close()


@contextlib.contextmanager
def opening() -> Iterator[None]:
    """Turn a library that is not installed into a sentence.

    :raise CommandError: when one is missing.
    """
    try:
        yield
    except ImportError as error:
        missing = (error.name or "a library").partition(".")[0]
        extra = _EXTRAS.get(missing, "store")
        msg = f"this needs {missing}; run: pip install 'buildbot-keychain[{extra}]'"
        raise CommandError(msg) from error


def actor() -> str:
    """Return who runs this command, for the journal: ``user@host``; who became root is named."""
    user = os.environ.get("SUDO_USER", "")
    if not user:
        try:
            user = pwd.getpwuid(os.getuid()).pw_name
        except KeyError:
            user = str(os.getuid())
    text = f"{user}@{socket.gethostname()}"
    return "".join(one for one in text if one.isprintable())[:_LONGEST_ACTOR]


def now() -> int:
    """Return the time in seconds since the epoch."""
    return int(time.time())


def _configured(arguments: argparse.Namespace) -> Place:
    """Return where the store of a provider is."""
    with opening():
        from buildbot_keychain.cli import _master_config  # noqa: PLC0415 - Buildbot is slow
        from buildbot_keychain.store.database import Database  # noqa: PLC0415 - SQLAlchemy

        provider = _master_config.load(arguments.config).store(arguments.provider)
        if provider.url is None:
            msg = f"the url of {provider.name!r} is a secret itself; add --store and --key-file"
            raise CommandError(msg)
        found = provider.place
        database = Database(provider.url, found.directory)
        database.close()
        url = provider.url if database.path is None else f"sqlite:///{database.path}"
        return Place(url, found.keys.absolute(), found.unlock, found.keep, found.directory)


def _in_directory(directory: str | None) -> AbstractContextManager[None]:
    if directory is None:
        return contextlib.nullcontext()
    from buildbot_keychain.cli import _master_config  # noqa: PLC0415 - Buildbot is slow

    return _master_config.working_directory(Path(directory))


def _declared(unlock: Sequence[str | Unlock]) -> Sequence[Unwrapper]:
    """Return what opens the keys, as the command line or a configuration says it."""
    from buildbot_keychain.store import unlocking  # noqa: PLC0415 - cryptography

    kinds: dict[str, Callable[[str], unlocking.Unlock]] = {
        "passphrase-file": lambda where: unlocking.PassphraseFrom(file=where),
        "passphrase-credential": lambda where: unlocking.PassphraseFrom(credential=where),
        "passphrase-fd": lambda where: unlocking.PassphraseFrom(descriptor=int(where)),
        "age": lambda where: unlocking.AgeIdentityFrom(file=where),
    }
    declared: list[Unlock] = []
    for one in unlock:
        if not isinstance(one, str):
            declared.append(one)
            continue
        kind, _, where = one.partition(":")
        if kind not in kinds or not where or (kind == "passphrase-fd" and not where.isdecimal()):
            # It may be the passphrase itself, put there by mistake.
            msg = f"--unlock needs KIND:WHERE, and KIND is one of {', '.join(kinds)}"
            raise UsageError(msg)
        declared.append(kinds[kind](where))
    return unlocking.unwrappers_of(declared)


def _asked_passphrase(key_file: Path) -> Unwrapper:
    from buildbot_keychain.store.wraps import Passphrase  # noqa: PLC0415 - cryptography

    try:
        return Passphrase(_prompt.ask_hidden(f"passphrase of {key_file}"))
    except _prompt.NoTerminalError as error:
        msg = f"the keys in {key_file} are wrapped for a passphrase; there is no terminal to ask at"
        raise CommandError(msg) from error
