"""Which file of sops holds a name, and its text: everything here blocks.

A place that the configuration names is a file, whose keys are the names, or a directory: there the
file's path without its suffix begins the name, so ``prod/db/password`` is ``password`` in ``db`` of
``prod.yaml``. Files may be read by everybody and are served only when nobody else can write to
them (see `permissions`).
"""

from __future__ import annotations

import errno
import os
import stat
from collections.abc import Iterator
from dataclasses import dataclass

from buildbot_keychain.providers.files import Reader, may_be_a_secret, writers_complaint
from buildbot_keychain.providers.sops.document import SUFFIXES, format_of
from buildbot_keychain.providers.sops.refusal import NotTrusted, Refused

MAX_SIZE = 4 << 20
"""Bytes: encryption makes a file larger by about a half; a larger one is something else."""

BINARY_NAME = "data"
"""What sops calls the content of a binary file."""

_SWAPS = 100
_ABSENT = {errno.ENOENT, errno.ENOTDIR, errno.ENAMETOOLONG, errno.EINVAL, errno.EILSEQ}


class Unreachable(Refused):
    """It may be readable later: the place is not there, or the disk fails."""


@dataclass(frozen=True)
class Candidate:
    """A file that may hold a name.

    :param path: the file.
    :param form: its format.
    :param name: the rest of the name: the keys in it.
    """

    path: str
    form: str
    name: str


def candidates(place: str, name: str) -> Iterator[Candidate]:
    """Give the files of a place that may hold a name, those that exist.

    :raise Unreachable: when the place is not there.
    """
    place = os.path.expanduser(place)
    if not _is_directory(place):
        yield Candidate(place, format_of(place), name)
        return
    parts = name.split("/")
    for length in range(1, len(parts)):
        stem = "/".join(parts[:length])
        if may_be_a_secret(stem) and "\0" not in stem:
            for suffix, form in SUFFIXES.items():
                path = os.path.join(place, stem + suffix)
                if _is_file(path):
                    yield Candidate(path, form, "/".join(parts[length:]))
    if may_be_a_secret(name) and "\0" not in name and format_of(name) == "binary":
        path = os.path.join(place, name)
        if _is_file(path):
            yield Candidate(path, "binary", BINARY_NAME)


def encrypted_files(place: str) -> Iterator[Candidate]:
    """Give all files of a place that can be told to be sops's by their names.

    :raise Unreachable: when the place is not there.
    """
    place = os.path.expanduser(place)
    if not _is_directory(place):
        yield Candidate(place, format_of(place), "")
        return
    unlisted: list[OSError] = []
    for directory, directories, files in os.walk(place, onerror=unlisted.append):
        directories[:] = sorted(filter(may_be_a_secret, directories))
        for file in sorted(filter(may_be_a_secret, files)):
            if format_of(file) != "binary":
                yield Candidate(os.path.join(directory, file), format_of(file), "")
    if unlisted:
        msg = f"cannot be listed: {unlisted[0].filename}: {unlisted[0].strerror}"
        raise Unreachable(msg)


def text_of_file(path: str) -> str:
    """Give a file's text.

    :raise NotTrusted: when somebody else can write to it or to its directory.
    :raise Unreachable: when it went away or cannot be read.
    :raise Refused: when it is no regular file, too large, or not UTF-8.
    """
    problem = "it is replaced faster than it can be read"
    for _ in range(_SWAPS):
        real = os.path.realpath(path)
        try:
            content = _content(real)
        except OSError as error:
            # A Kubernetes volume is updated by swapping a link: what was resolved before the swap
            # is gone after it, and has to be resolved anew.
            if error.errno != errno.ENOENT or os.path.realpath(path) == real:
                problem = str(os.strerror(error.errno or 0))
                break
        else:
            return _decoded(content)
    msg = f"cannot be read: {problem}"
    raise Unreachable(msg)


def _content(real: str) -> bytes | None:
    """Give what a file holds, or the beginning of a large one; ``None`` for what is no file."""
    directory = os.path.dirname(real)
    _accept("directory", directory, os.stat(directory))
    descriptor = os.open(real, os.O_RDONLY | os.O_NONBLOCK | os.O_NOFOLLOW | os.O_CLOEXEC)
    with open(descriptor, "rb") as stream:
        found = os.fstat(descriptor)
        _accept("file", real, found)
        return stream.read(MAX_SIZE + 1) if stat.S_ISREG(found.st_mode) else None


def _decoded(content: bytes | None) -> str:
    if content is None:
        msg = "is no regular file"
        raise Refused(msg)
    text = content.decode("utf-8", "replace")
    if len(content) > MAX_SIZE:
        problem = f"is larger than {MAX_SIZE >> 20} MiB"
    elif text.encode() != content:
        problem = "is not UTF-8 text, as what sops writes is"
    else:
        return text
    raise Refused(problem)


def _accept(what: str, path: str, found: os.stat_result) -> None:
    complaint = writers_complaint(what, path, found, Reader())
    if complaint:
        msg = f"is not trusted: {complaint}"
        raise NotTrusted(msg)


def _is_file(path: str) -> bool:
    """Tell whether there is a regular file, which is not the same as whether it can be seen."""
    try:
        return stat.S_ISREG(os.stat(path).st_mode)
    except ValueError:  # a NUL in the name, or half of a character
        return False
    except OSError as error:
        if error.errno in _ABSENT:
            return False
        problem = str(os.strerror(error.errno or 0))
    msg = f"cannot be searched: {path}: {problem}; give it to the user that runs this process"
    raise Unreachable(msg)


def _is_directory(place: str) -> bool:
    try:
        return stat.S_ISDIR(os.stat(place).st_mode)
    except OSError as error:
        problem = str(os.strerror(error.errno or 0))
    msg = f"cannot be looked at: {problem}; create it or correct files"
    raise Unreachable(msg)
