"""Reads a directory in which each file is a secret, as `SecretInAFile` serves it. Blocks."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

from buildbot_keychain import utf8
from buildbot_keychain.store.imports._entries import (
    MAX_VALUE,
    Entry,
    ImportedSecret,
    ImportProblem,
)
from buildbot_keychain.store.imports._files import FileProblem, content_of, files_below

_BACKUPS = ("~", ".bak", ".orig", ".rej", ".swp", ".swo", ".tmp")


def read_directory(path: Path) -> Iterator[Entry]:
    """Yield the files below a directory, named by their paths.

    A text loses the line ends at its end, which editors write; a file that is not UTF-8 is bytes as
    they are. What is hidden, or the backup of an editor, is reported and not read.
    """
    hidden: list[str] = []

    def enters(directory: str) -> bool:
        if _is_hidden(directory):
            hidden.append(directory)
        return not _is_hidden(directory)

    for name, file in files_below(path, enters, lambda _: True):
        yield _entry(name, os.fspath(path / name), file)
    for name in hidden:
        yield _problem_of_hidden(os.fspath(path / name))


def _entry(name: str, where: str, file: Path | FileProblem) -> Entry:
    if _is_hidden(name) and name != os.curdir:
        return _problem_of_hidden(where)
    try:
        if isinstance(file, FileProblem):
            raise file
        content = content_of(file, MAX_VALUE)
    except FileProblem as problem:
        return problem.at(_shown(where))
    value = utf8.text_or_bytes(content)
    if isinstance(value, str):
        value = value.rstrip("\r\n")
    return ImportedSecret(name, value, _shown(where))


def _problem_of_hidden(where: str) -> ImportProblem:
    why = "is hidden, or the backup of an editor"
    return ImportProblem(_shown(where), why, "rename it to import it")


def _is_hidden(path: str) -> bool:
    name = path.rpartition("/")[2]
    return name.startswith((".", "#")) or name.endswith(_BACKUPS)


def _shown(path: str) -> str:
    return os.fsencode(path).decode("utf-8", "backslashreplace")
