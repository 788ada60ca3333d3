"""What ``buildbot-keychain import`` reads: each kind of source, with its reader."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing
from pathlib import Path
from typing import TYPE_CHECKING

from buildbot_keychain.cli._exit import CommandError, UsageError
from buildbot_keychain.cli.store import _access, _import_vault, _vault

if TYPE_CHECKING:
    from buildbot_keychain.store.imports import Entry

KINDS = {
    "directory": "a directory of files",
    "env": "a file of NAME=value lines",
    "jenkins": "the home directory of a Jenkins, or a file of it",
    "json": "a file of JSON",
    "kubernetes": "manifests, as kubectl get secrets -o yaml prints them",
    "pass": "a password store",
    "sops": "a file or directory that sops has encrypted",
    "store": "another store, by its URL",
    "toml": "a file of TOML",
    "vault": "all entries of KV at a server, by a URL with the mount, such as "
    "https://vault:8200/secret/team; or a file of one, as vault kv get -format=json prints it",
    "yaml": "a file of YAML",
}
"""The kinds, and what each is."""

_FILES = {"env", "json", "kubernetes", "toml", "vault", "yaml"}
"""Kinds that can come from standard input."""

STANDARD_INPUT = "-"
_MOST = 1 << 20
"""Bytes of standard input."""

_OPTIONS = {
    "age_key_file": {"pass", "sops"},
    "gnupg_home": {"pass"},
    "from_key_file": {"store"},
    "from_unlock": {"store"},
    "jenkins_secrets": {"jenkins"},
    "vault_login": {"vault"},
    "vault_namespace": {"vault"},
    "vault_ca": {"vault"},
    "vault_client_cert": {"vault"},
}
"""Of which kinds an option is."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options of single kinds."""
    group = parser.add_argument_group("what opens the source")
    group.add_argument(
        "--age-key-file",
        metavar="FILE",
        help="pass, sops: age identities; for sops, those of sops itself by default",
    )
    group.add_argument(
        "--gnupg-home", metavar="DIR", help="pass: the directory of the keys, if not ~/.gnupg"
    )
    group.add_argument("--from-key-file", metavar="FILE", help="store: the keys of that store")
    group.add_argument(
        "--from-unlock",
        action="append",
        default=[],
        metavar="KIND:WHERE",
        help="store: what opens them, as --unlock has it",
    )
    group.add_argument(
        "--jenkins-secrets",
        metavar="DIR",
        help="jenkins: the directory of its keys, if it is not in the home",
    )
    _vault.add_arguments(group, "vault, at a server")


def check(arguments: argparse.Namespace) -> None:
    """Check that the options are of that kind.

    :raise UsageError: when one is not.
    """
    kind = arguments.kind
    for option, kinds in _OPTIONS.items():
        if getattr(arguments, option) and kind not in kinds:
            msg = f"--{option.replace('_', '-')} is not an option for {kind}"
            raise UsageError(msg)
    if kind == "store" and not arguments.from_key_file:
        raise UsageError("another store needs the file of its keys: add --from-key-file FILE")
    if arguments.source == STANDARD_INPUT and kind not in _FILES:
        msg = f"{kind} cannot come from standard input"
        raise UsageError(msg)


def read(arguments: argparse.Namespace, stack: ExitStack) -> Iterator[Entry]:
    """Yield what is in the source.

    :param stack: closes what was opened.
    :raise KeychainError: when it cannot be opened.
    """
    kind, source = arguments.kind, arguments.source
    if kind == "vault" and _vault.is_address(source):
        return _import_vault.read_server(arguments, stack)
    if kind in _FILES:
        return _read_file(kind, source)
    if kind == "store":
        return _read_store(arguments, source, stack)
    return _READERS[kind](arguments, source)


def _read_file(kind: str, source: str) -> Iterator[Entry]:
    from buildbot_keychain.store import imports  # noqa: PLC0415 - it is slow

    if source != STANDARD_INPUT:
        return imports.read_file(Path(source), kind)
    if sys.stdin is None:
        raise CommandError("standard input is closed: pipe a file into the command")
    content = sys.stdin.buffer.read(_MOST + 1)
    if len(content) > _MOST:
        raise CommandError("standard input is larger than 1 MiB: import it in parts")
    return imports.CONTENTS[kind](content, "standard input")


def _read_directory(arguments: argparse.Namespace, source: str) -> Iterator[Entry]:
    del arguments
    from buildbot_keychain.store import imports  # noqa: PLC0415 - it is slow

    return imports.read_directory(Path(source))


def _read_jenkins(arguments: argparse.Namespace, source: str) -> Iterator[Entry]:
    from buildbot_keychain.store import imports  # noqa: PLC0415 - it is slow

    keys = arguments.jenkins_secrets
    return imports.read_jenkins(Path(source), Path(keys) if keys else None)


def _read_password_store(arguments: argparse.Namespace, source: str) -> Iterator[Entry]:
    from buildbot_keychain.providers.password_store import (  # noqa: PLC0415 - gnupg, pyotp
        password_store_values,
    )
    from buildbot_keychain.store import imports  # noqa: PLC0415 - it is slow

    found = password_store_values(
        os.path.abspath(source),  # noqa: PTH100 - links stay unresolved
        gnupg_home=arguments.gnupg_home,
        age_key_file=arguments.age_key_file,
    )
    return imports.read_password_store(found, source)


def _read_sops(arguments: argparse.Namespace, source: str) -> Iterator[Entry]:
    from buildbot_keychain.providers.age import read_identities  # noqa: PLC0415 - pyrage
    from buildbot_keychain.providers.sops import (  # noqa: PLC0415 - the same
        DEFAULT_KEY_FILE,
        sops_values,
    )
    from buildbot_keychain.store import imports  # noqa: PLC0415 - it is slow

    key_file = os.path.expanduser(arguments.age_key_file or DEFAULT_KEY_FILE)  # noqa: PTH111
    identities = read_identities("sops", source, key_file, None)
    return imports.read_lookups(sops_values(source, identities), source)


def _read_store(arguments: argparse.Namespace, source: str, stack: ExitStack) -> Iterator[Entry]:
    from buildbot_keychain.store import imports  # noqa: PLC0415 - it is slow
    from buildbot_keychain.store.opening import OpenStore  # noqa: PLC0415 - the same

    named = {"store": source, "key_file": arguments.from_key_file, "unlock": arguments.from_unlock}
    where = _access.place(argparse.Namespace(**named, config=None, socket=None))
    store = OpenStore(
        where.url, where.key_file, actor=_access.actor(), unwrappers=where.unwrappers()
    )
    stack.enter_context(closing(store))
    return imports.read_store(store.secrets, store.ledger.database.name)


_READERS: dict[str, Callable[[argparse.Namespace, str], Iterator[Entry]]] = {
    "directory": _read_directory,
    "jenkins": _read_jenkins,
    "pass": _read_password_store,
    "sops": _read_sops,
}
