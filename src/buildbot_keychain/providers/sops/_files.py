"""Which files of sops may hold a name, and their text. Everything here blocks.

A configured place is a file, whose keys are the names, or a directory: there the file's path
without its suffix begins the name, so ``prod/db/password`` is ``password`` in ``db`` of
``prod.yaml``. Everybody may be able to read a file; it is used only if nobody else can write to it.
"""

from __future__ import annotations

import errno
import os
import stat
from collections.abc import Iterator
from dataclasses import dataclass

from buildbot_keychain import utf8
from buildbot_keychain.providers.files import Reader, may_be_a_secret, write_problem
from buildbot_keychain.providers.sops._document import (
    BINARY_NAME,
    ENCRYPTED,
    SUFFIXES,
    Document,
    format_of,
    format_of_text,
    parse,
)
from buildbot_keychain.providers.sops._errors import (
    SopsError,
    SopsNotEncrypted,
    SopsNotTrusted,
    SopsUnavailable,
)

MAX_SIZE = 4 << 20
"""Bytes: encryption makes a file larger by about a half; a larger one holds something else."""

SUFFIXES_OF_FILES = (*SUFFIXES, *(suffix + ENCRYPTED for suffix in SUFFIXES))
"""What the names of files that hold names end with."""

_ATTEMPTS = 100
_ABSENT = {errno.ENOENT, errno.ENOTDIR, errno.ENAMETOOLONG, errno.EINVAL, errno.EILSEQ}


@dataclass(frozen=True)
class Candidate:
    """A file that may hold a name.

    :param path: the file.
    :param name: the rest of the name: the keys in the file.
    :param form: its format; ``None`` for the one that its name and text show.
    :param found: whether it was found in a directory, where there are also files of others.
    :param whole: whether what is found is named by the file alone, as the content of a binary one.
    """

    path: str
    name: str
    form: str | None = None
    found: bool = True
    whole: bool = False

    def document(self) -> Document | None:
        """Return the file's content, or ``None`` for a found file that does not hold such names.

        :raise SopsNotTrusted: when someone else can write to it or to its directory.
        :raise SopsUnavailable: when it was removed or cannot be read.
        :raise SopsError: when it cannot be understood, or sops did not encrypt it.
        """
        try:
            text = read_text(self.path)
            form = self.form or format_of_text(self.path, text)
            document = parse(text, form)
        except SopsNotEncrypted:
            if self.found:
                return None
            raise
        is_whole = form == "binary" and document.is_binary
        return document if not self.found or is_whole == self.whole else None


def candidates(place: str, name: str, form: str | None = None) -> Iterator[Candidate]:
    """Yield the existing files of a place that may hold `name`.

    :param form: the format of a place that is a file; ``None`` for what its name and text show.
    :raise SopsUnavailable: when the place does not exist or cannot be searched.
    """
    if not _is_directory(place):
        yield Candidate(place, name, form, found=False)
        return
    parts = name.split("/")
    for length in range(1, len(parts)):
        stem = "/".join(parts[:length])
        if may_be_a_secret(stem) and "\0" not in stem:
            for suffix in SUFFIXES_OF_FILES:
                path = os.path.join(place, stem + suffix)
                if _is_file(path):
                    yield Candidate(path, "/".join(parts[length:]))
    if may_be_a_secret(name) and "\0" not in name and _may_be_binary(name):
        path = os.path.join(place, name)
        if _is_file(path):
            yield Candidate(path, BINARY_NAME, whole=True)


def encrypted_files(place: str, form: str | None = None) -> Iterator[Candidate]:
    """Yield all files of a place whose names show that they may be sops's.

    :param form: as for `candidates`.
    :raise SopsUnavailable: when the place does not exist or cannot be listed.
    """
    if not _is_directory(place):
        yield Candidate(place, "", form, found=False)
        return
    for below in files_below(place):
        if format_of(below) != "binary":
            yield Candidate(os.path.join(place, below), "")


def files_below(directory: str) -> Iterator[str]:
    """Yield the paths of all files below a directory that may be secrets, relative to it.

    :raise SopsUnavailable: at the end, when a directory there cannot be listed.
    """
    unlisted: list[OSError] = []
    for folder, folders, files in os.walk(directory, onerror=unlisted.append):
        folders[:] = sorted(filter(may_be_a_secret, folders))
        for file in sorted(filter(may_be_a_secret, files)):
            yield os.path.relpath(os.path.join(folder, file), directory)
    if unlisted:
        msg = f"cannot be listed: {unlisted[0].filename}: {unlisted[0].strerror}"
        raise SopsUnavailable(msg)


def stem_of(path: str) -> str:
    """Return the path of a file in a directory without what shows its format."""
    plain = path.removesuffix(ENCRYPTED)
    return next((plain.removesuffix(s) for s in SUFFIXES if plain.endswith(s)), plain)


def _may_be_binary(name: str) -> bool:
    return name.endswith(ENCRYPTED) or format_of(name) == "binary"


def read_text(path: str) -> str:
    """Return a file's text.

    :raise SopsNotTrusted: when someone else can write to it or to its directory.
    :raise SopsUnavailable: when it was removed or cannot be read.
    :raise SopsError: when it is not a regular file, too large, or not UTF-8.
    """
    for _ in range(_ATTEMPTS):
        real = os.path.realpath(path)
        try:
            content = _content(real)
        except OSError as error:
            # A Kubernetes volume is updated by swapping a link: what was resolved before the swap
            # is gone after it, and has to be resolved again.
            if error.errno != errno.ENOENT or os.path.realpath(path) == real:
                raise SopsUnavailable(f"cannot be read: {_described(error)}") from error
        else:
            return _decoded(content)
    raise SopsUnavailable("cannot be read: it is replaced faster than it can be read")


def _content(real: str) -> bytes:
    """Return the content of a file, or the beginning of a large one."""
    directory = os.path.dirname(real)
    _check_writers("directory", directory, os.stat(directory))
    descriptor = os.open(real, os.O_RDONLY | os.O_NONBLOCK | os.O_NOFOLLOW | os.O_CLOEXEC)
    with open(descriptor, "rb") as stream:
        found = os.fstat(descriptor)
        _check_writers("file", real, found)
        if not stat.S_ISREG(found.st_mode):
            raise SopsError("is not a regular file")
        return stream.read(MAX_SIZE + 1)


def _decoded(content: bytes) -> str:
    if len(content) > MAX_SIZE:
        msg = f"is larger than {MAX_SIZE >> 20} MiB; a file of secrets is smaller"
        raise SopsError(msg)
    text = utf8.decode(content)
    if text is None:
        raise SopsNotEncrypted("is not UTF-8 text, which sops always writes")
    return text


def _check_writers(what: str, path: str, found: os.stat_result) -> None:
    problem = write_problem(what, path, found, Reader())
    if problem:
        msg = f"is not trusted: {problem}"
        raise SopsNotTrusted(msg)


def _is_file(path: str) -> bool:
    """Return whether there is a regular file; a directory that cannot be searched is an error."""
    try:
        return stat.S_ISREG(os.stat(path).st_mode)
    except ValueError:  # a NUL or a lone surrogate in the name
        return False
    except OSError as error:
        if error.errno in _ABSENT:
            return False
        msg = f"cannot be searched: {path}: {_described(error)}; "
        raise SopsUnavailable(f"{msg}give it to the user that runs this process") from error


def _is_directory(place: str) -> bool:
    try:
        return stat.S_ISDIR(os.stat(place).st_mode)
    except OSError as error:
        msg = f"cannot be accessed: {_described(error)}; create it or correct files"
        raise SopsUnavailable(msg) from error


def _described(error: OSError) -> str:
    return os.strerror(error.errno or 0)
