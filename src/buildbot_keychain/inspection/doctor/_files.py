"""`files_of`: the files of an installation that others must not read, or not write."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from glob import escape
from itertools import islice
from pathlib import Path
from typing import Any, NamedTuple

from buildbot.secrets.providers.file import SecretInAFile

from buildbot_keychain.audit import AuditToDatabase, AuditToFile
from buildbot_keychain.inspection._places import arguments_of
from buildbot_keychain.inspection.doctor._database import database_url, sqlite_file
from buildbot_keychain.inspection.doctor._installation import TAC, Installation
from buildbot_keychain.providers.arguments import is_path
from buildbot_keychain.store.connections import BESIDE

_KEYS = {
    "key_file",
    "age_key_file",
    "token_file",
    "gnupg_home",
    "client_cert",
    "keyfile",
    "ssh_hostkey_dir",
    "identity_file",
}
"""Arguments that name the file of a key, or a directory of keys."""

_PRIVATE_KEY = re.compile(r":privateKey=((?:\\.|[^:\\])*)")

_OBJECTS = {"PassphraseFrom", "AgeIdentityFrom", "VaultAuthenticatorTokenFile"}
"""Classes of arguments that name a file of a secret, as ``file`` or ``path``."""

_MOST = 1000
"""Files of one directory that are looked at."""


class File(NamedTuple):
    """A file.

    :param code: what it is a finding of if others can get at it.
    :param is_secret: whether others must not read it either.
    """

    code: str
    path: Path
    is_secret: bool = True


def files_of(installation: Installation) -> list[File]:
    """Return the files that are there, each once."""
    found = dict.fromkeys(_wanted(installation))
    return [each for each in found if _exists(each.path)]


def logs_of(installation: Installation) -> list[Path]:
    """Return the files that the master has logged to, as far as they can be read."""
    logs = (each.path for each in files_of(installation) if each.code == "log-file")
    return [log for log in logs if os.access(log, os.R_OK) and log.is_file()]


def rotated(log: Path) -> list[Path]:
    """Return what was rotated of a log: by Twisted, by us, or with a date by logrotate."""
    try:
        return sorted(
            each for sign in ".-" for each in log.parent.glob(f"{escape(log.name)}{sign}*")
        )
    except OSError:
        return []


def _wanted(installation: Installation) -> Iterator[File]:
    basedir, config = installation.basedir, installation.config
    yield File("configuration-file", basedir / TAC, is_secret=False)
    yield File("configuration-file", installation.file, is_secret=False)
    http_log = None if config is None else config.www.get("logfileName")
    for name in ("twistd.log", http_log or "http.log"):
        for path in (basedir / name, *rotated(basedir / name)):
            yield File("log-file", path)
    yield from _of_database("database-file", database_url(config), basedir)
    if config is None:
        return
    for entry in config.secretsProviders:
        yield from _of_entry(entry, basedir)
    manhole = vars(config.manhole) if config.manhole is not None else {}
    yield from _of_arguments(manhole, basedir)
    for source in config.change_sources:
        yield from _of_arguments(arguments_of(source), basedir)
    for port in ports_of(config):
        # Twisted's description of an endpoint; a colon in a value has a backslash before it.
        for key in _PRIVATE_KEY.findall(str(port)):
            yield File("key-file", Path(basedir, key.replace("\\:", ":")))


def ports_of(config: Any) -> Iterator[object]:
    """Yield the ports that a master listens on: numbers, descriptions of endpoints, ``None``."""
    yield config.www.get("port")
    yield getattr(config.manhole, "port", None)
    for options in config.protocols.values():
        yield options.get("port") if isinstance(options, dict) else None
    for service in (*config.schedulers.values(), *config.change_sources):
        yield getattr(service, "port", None)


def _of_entry(entry: Any, basedir: Path) -> Iterator[File]:
    """Yield the files of a provider, or of a manager and its providers."""
    arguments = arguments_of(entry)
    if is_path(arguments.get("policy_file")):
        policy = Path(basedir, arguments["policy_file"])
        yield File("configuration-file", policy, is_secret=False)
    for sink in getattr(entry, "keychain_audit", ()):
        if isinstance(sink, AuditToFile):
            path = Path(sink.path)
            for each in (path, *rotated(path)):
                yield File("audit-file", each)
        elif isinstance(sink, AuditToDatabase):
            yield from _of_database("audit-file", sink.url, basedir)
    for provider in (entry, *getattr(entry, "wanted_providers", ())):
        given = arguments_of(provider)
        yield from _of_arguments(given, basedir)
        if isinstance(provider, SecretInAFile):  # Buildbot's; ours refuses what is open itself
            directory = Path(basedir, given["dirname"])
            yield from (File("key-file", each) for each in (directory, *_in(directory)))
        if "key_file" in given:
            yield from _of_database("store-file", given.get("url"), basedir)


def _of_arguments(arguments: Any, basedir: Path) -> Iterator[File]:
    for name, value in arguments.items():
        if name in _KEYS:
            values = value if isinstance(value, (list, tuple)) else [value]
            for each in filter(is_path, values):
                yield File("key-file", Path(basedir, each).expanduser())
        if name == "socket" and is_path(value):
            yield File("socket", Path(basedir, value))
        for part in value if isinstance(value, (list, tuple)) else [value]:
            if type(part).__name__ in _OBJECTS:
                where = getattr(part, "file", None) or getattr(part, "path", None)
                if is_path(where):
                    yield File("key-file", Path(basedir, str(where)).expanduser())


def _of_database(code: str, url: object, basedir: Path) -> Iterator[File]:
    file = sqlite_file(url, basedir)
    if file is not None:
        yield from (File(code, file.with_name(file.name + suffix)) for suffix in BESIDE)


def _in(directory: Path) -> list[Path]:
    try:
        return sorted(islice(directory.iterdir(), _MOST))
    except OSError:
        return []


def _exists(path: Path) -> bool:
    try:
        path.lstat()
    except (OSError, ValueError):
        return False
    return True
