"""`read_jenkins`: all secrets in the home directory of a Jenkins, or in a file of it. Blocks."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from buildbot_keychain.store.imports._entries import Entry
from buildbot_keychain.store.imports._files import FileProblem, content_of, files_below
from buildbot_keychain.store.imports.jenkins._credentials import read_config
from buildbot_keychain.store.imports.jenkins._keys import JenkinsKeys

MAX_FILE = 16 << 20
"""Bytes of a file of XML."""

_WITHOUT_SECRETS = frozenset(
    {
        "builds",
        "caches",
        "config-history",
        "fingerprints",
        "lastStable",
        "lastSuccessful",
        "logs",
        "plugins",
        "secrets",
        "updates",
        "userContent",
        "war",
        "workspace",
        "workspace@tmp",
    }
)
"""Directories with results of builds, parts of Jenkins, and former versions of its files."""

_SYSTEM = "credentials.xml"
_CONFIG = "config.xml"
_NUMBER = re.compile(r"_[0-9]{8,}\Z")
"""What Jenkins appends to the names of users in those of their directories."""


def read_jenkins(path: Path, secrets: Path | None = None) -> Iterator[Entry]:
    """Yield the secrets of a Jenkins: of the system, folders, users, jobs and all else.

    Those of the system have the ids of their credentials as names; in front of others is the path
    of their folder, or ``users/`` and the user. Nothing of it is changed, and Jenkins may be
    running.

    :param path: the home directory of Jenkins, or one of its files of XML.
    :param secrets: the directory of its keys; ``secrets`` beside the file or in the home otherwise.
    """
    home = path if path.is_dir() else path.parent
    keys = JenkinsKeys(secrets or home / "secrets", home / "secret.key")
    if home != path:
        prefix = "" if path.name == _SYSTEM else f"{path.name.removesuffix('.xml')}/"
        yield from _read(str(path), path, prefix, keys)
        return
    for below, found in files_below(path, _enters, _wants):
        yield from _read(below, found, _prefix(below), keys)


def _read(where: str, path: Path | FileProblem, prefix: str, keys: JenkinsKeys) -> Iterator[Entry]:
    try:
        if isinstance(path, FileProblem):
            raise path
        content = content_of(path, MAX_FILE)
    except FileProblem as problem:
        yield problem.at(where)
        return
    yield from read_config(content, where, prefix, keys)


def _enters(directory: str) -> bool:
    name = directory.rpartition("/")[2]
    return not name.startswith(".") and (name not in _WITHOUT_SECRETS or _names_a_job(directory))


def _names_a_job(directory: str) -> bool:
    """Return whether a directory is called as somebody called a job."""
    return directory.split("/")[-2:-1] == ["jobs"]


def _wants(file: str) -> bool:
    return file.endswith(".xml")


def _prefix(file: str) -> str:
    """Return what the names of the secrets in a file begin with."""
    *directories, name = file.split("/")
    if not directories:
        return "" if name == _SYSTEM else f"{name.removesuffix('.xml')}/"
    if directories[0] == "users":
        directories = ["users", *(_NUMBER.sub("", part) for part in directories[1:])]
    elif directories[0] == "jobs":
        # Folders are jobs within jobs.
        directories = directories[1::2] if _is_job(directories) else directories
    if name != _CONFIG:
        directories = [*directories, name.removesuffix(".xml")]
    return "".join(f"{part}/" for part in directories)


def _is_job(directories: list[str]) -> bool:
    return len(directories) % 2 == 0 and set(directories[::2]) == {"jobs"}
