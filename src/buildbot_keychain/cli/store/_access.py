"""The store that a command line names, and opening it.

A store is named by the URL of its database and the file of its keys: by options, by variables of
the environment, which hold places and never values, or by the `SecretInStore` of a ``master.cfg``.
A URL with a password is refused in the first two, as other users can read them. Or a running master
has it open, and the command line names the socket on which that listens, or the address of its
Buildbot.

`StoreAccess` is what commands know of a store that is open, here or by a master.
"""

from __future__ import annotations

import argparse
import contextlib
import os
import re
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from buildbot_keychain.actors import actor_name, user_name
from buildbot_keychain.cli import _terminal
from buildbot_keychain.cli._exit import CommandError, UsageError
from buildbot_keychain.cli.store import _unlock
from buildbot_keychain.errors import ConfigurationError

if TYPE_CHECKING:
    from buildbot_keychain.store.access import StoreAccess
    from buildbot_keychain.store.store import Keep
    from buildbot_keychain.store.unlocking import Unlock
    from buildbot_keychain.store.wraps import Unwrapper

STORE = "BUILDBOT_KEYCHAIN_STORE"
KEY_FILE = "BUILDBOT_KEYCHAIN_KEY_FILE"
SOCKET = "BUILDBOT_KEYCHAIN_SOCKET"
"""Variables of the environment."""

_PASSWORD = re.compile(r"[^:]*://[^:/]*:[^@]*@")
"""In a URL that SQLAlchemy does not take, or that it is not there to take."""

_FILES = (
    "this is about the store's own files, and no master does it: name them (--key-file FILE or "
    f"{KEY_FILE}), and run this as the user to whom they belong, such as with sudo -u USER"
)

_EXTRAS = {
    "gnupg": "pass",
    "pyotp": "pass",
    "pyrage": "pass",
    "tomli": "files",
    "yaml": "files",
}
"""What installs a library; all others come with the store's."""


@dataclass(frozen=True)
class Place:
    """Where a store is.

    :param url: of its database, as SQLAlchemy has it.
    :param key_file: the file of its keys.
    :param unlock: what opens the keys, as ``KIND:WHERE`` or as a configuration declares it.
    :param keep: which versions are kept, if nothing else is said.
    :param directory: that of the master whose configuration says so: its files are below it.
    :param socket: on which that master listens while it runs; ``None`` if it does not.
    """

    url: str
    key_file: Path
    unlock: tuple[str | Unlock, ...] = ()
    keep: Keep | None = None
    directory: str | None = None
    socket: Path | None = None

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
            return _unlock.declared(self.unlock, self.directory)
        from buildbot_keychain.store.ring_file import RingFile  # noqa: PLC0415 - cryptography

        if all(wrap.kind != "passphrase" for wrap in RingFile(self.key_file).wraps()):
            return []
        return [_unlock.asked_passphrase(self.key_file)]


def add_arguments(
    parser: argparse.ArgumentParser,
    *,
    config: bool = True,
    files: bool = False,
    server: bool = False,
) -> None:
    """Add the options that name a store.

    :param config: whether a configuration may, which needs a store that is there.
    :param files: whether its files themselves are needed, and a running master is no help.
    :param server: whether a master elsewhere may do it, which never shows a value.
    """
    parser.set_defaults(server=None, token_file=None)
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
        parser.set_defaults(socket=None)
    elif files:
        group.add_argument("--socket", metavar="PATH", help=argparse.SUPPRESS)  # to say why not
    else:
        group.add_argument(
            "--socket",
            metavar="PATH",
            help="have the master do it that listens there, whose SecretInStore has socket=; its "
            f"user and root may ask; by default, ${SOCKET}",
        )
    if not config:
        parser.set_defaults(config=None)
        return
    group.add_argument(
        "--config",
        metavar="MASTER.CFG",
        help="that of a SecretInStore in this file, which is executed; a master's directory will "
        "do; through its socket, if it has one and the master runs",
    )
    also = " or --server" if server else ""
    group.add_argument(
        "--provider", metavar="NAME", help=f"with --config{also}: which one, if there are several"
    )
    if server:
        group.add_argument(
            "--server",
            metavar="URL",
            help="have the master elsewhere do it whose Buildbot has this address, such as "
            "https://ci.example.org/, and a page of secrets",
        )
        group.add_argument(
            "--token-file",
            metavar="FILE",
            help="with --server: a file that holds a token of the scopes secrets:read and "
            "secrets:write, and that nobody else can read",
        )


def place(arguments: argparse.Namespace) -> Place:
    """Return where the store is that a command line names.

    :raise UsageError: when it names none, or with a password.
    :raise CommandError: when it names a configuration that cannot be used.
    """
    if arguments.socket:
        raise UsageError(_FILES)
    if arguments.config:
        if arguments.store or arguments.key_file or arguments.unlock:
            raise UsageError("--config says all of --store, --key-file and --unlock")
        return _configured(arguments)
    url = _named_url(arguments)
    key_file = arguments.key_file or os.environ.get(KEY_FILE)
    if not key_file:
        raise UsageError(f"no file of keys is named: add --key-file FILE, or set {KEY_FILE}")
    return Place(url, Path(key_file).absolute(), tuple(arguments.unlock))


def place_of_keys(arguments: argparse.Namespace) -> Place:
    """Return where the keys are, and what opens them; the store itself need not be named.

    :raise UsageError: when the command line does not say it.
    :raise CommandError: when it names a configuration that cannot be used.
    """
    path = arguments.key_file or os.environ.get(KEY_FILE)
    if arguments.config and not arguments.socket:
        return place(arguments)
    if not path or arguments.socket:
        raise UsageError(_FILES)
    return Place("", Path(path).absolute(), tuple(arguments.unlock))


def _named_url(arguments: argparse.Namespace) -> str:
    url = arguments.store or os.environ.get(STORE)
    if not url:
        raise UsageError(f"no store is named: add --store URL, or set {STORE}")
    if not url.startswith("sqlite:") and _has_password(url):
        raise UsageError(
            "the URL of the store has a password, which other users can read there: put it into "
            "the file that PGPASSFILE names, or into a service file"
        )
    return str(url)


def _has_password(url: str) -> bool:
    from buildbot_keychain.store.database import has_password  # noqa: PLC0415 - it is slow

    with contextlib.suppress(ConfigurationError):
        return has_password(url)
    return bool(_PASSWORD.match(url))


def found(arguments: argparse.Namespace, *, files: bool = False) -> Place | Path:
    """Return where the store is, or the socket of the master that is to be asked.

    With a configuration, that is the one of its master, if it listens.

    :param files: whether the store's own files are needed.
    :raise UsageError: when the command line names neither, or both.
    :raise CommandError: when it names a configuration that cannot be used.
    """
    path = _named_socket(arguments)
    if path is not None:
        if files:
            raise UsageError(_FILES)
        return path
    where = place(arguments)
    if where.socket is None or files:
        return where
    with opening():
        from buildbot_keychain.cli.store.remote import listens  # noqa: PLC0415 - it is slow

        return where.socket if listens(where.socket) else where


def found_database(arguments: argparse.Namespace) -> str | Path:
    """Return the URL of a store's database, for which no keys are needed, or a master's socket.

    :raise UsageError: when the command line names neither, or both.
    :raise CommandError: when it names a configuration that cannot be used.
    """
    if arguments.config:
        where = found(arguments)
        return where if isinstance(where, Path) else where.url
    return _named_socket(arguments) or _named_url(arguments)


def _named_socket(arguments: argparse.Namespace) -> Path | None:
    named = arguments.store or arguments.key_file or arguments.unlock or arguments.config
    path = arguments.socket or (None if named else os.environ.get(SOCKET))
    if path and named:
        raise UsageError("--socket says which store: leave --store, --key-file and so on out")
    return Path(path).absolute() if path else None


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
    if arguments.server or arguments.token_file:
        if keep is not None:
            raise UsageError("--keep and --keep-age are up to the server's own configuration")
        yield _elsewhere(arguments)
        return
    where = found(arguments, files=accept_rollback)
    if isinstance(where, Path):
        with opening():
            from buildbot_keychain.cli.store.remote import RemoteStore  # noqa: PLC0415 - it is slow

            remote = RemoteStore(where, keep)
        yield remote
        return
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


def _elsewhere(arguments: argparse.Namespace) -> StoreAccess:
    """Return the store of the server that a command line names."""
    named = arguments.store or arguments.key_file or arguments.unlock or arguments.config
    if named or arguments.socket:
        raise UsageError("--server says which store: leave --store, --socket and so on out")
    if not arguments.server or not arguments.token_file:
        raise UsageError("--server and --token-file go together")
    with opening():
        from buildbot_keychain.cli.store.server import (  # noqa: PLC0415 - it is slow
            Server,
            ServerStore,
            read_token,
        )

        token = read_token(Path(arguments.token_file))
        return ServerStore(Server(arguments.server, token), arguments.provider)


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
    return actor_name(os.environ.get("SUDO_USER") or user_name(os.getuid()))


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
            msg = (
                f"the url of {provider.name!r} is a secret itself; add --socket, or --store and "
                "--key-file"
            )
            raise CommandError(msg)
        known = provider.place
        database = Database(provider.url, known.directory)
        database.close()
        url = provider.url if database.path is None else f"sqlite:///{database.path}"
        return Place(
            url,
            known.keys.absolute(),
            known.unlock,
            known.keep,
            known.directory,
            provider.socket_path,
        )
