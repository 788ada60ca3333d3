"""Files and directories to import from: regular files only, bounded, and no link is followed.

Everything here blocks.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

from buildbot_keychain.store.imports._entries import NotRead

MAX_FILES = 200_000
"""Files below a directory."""

_MAX_DEPTH = 100
"""Directories within each other."""


class FileProblem(NotRead):
    """A file that is not read; the sentence begins with its path."""


def content_of(path: Path, limit: int) -> bytes:
    """Return the content of a regular file.

    :param limit: the most bytes that it may have.
    :raise FileProblem: when it cannot be read, is a link or anything else, or is larger.
    """
    try:
        return _content(path, limit)
    except FileNotFoundError as error:
        raise FileProblem("does not exist", "correct the path") from error
    except OSError as error:
        why = f"cannot be read: {os.strerror(error.errno or 0)}"
        raise FileProblem(why, "read it as its owner, and from where it is no link") from error


def _content(path: Path, limit: int) -> bytes:
    with open(path, "rb", buffering=0, opener=_opened) as stream:
        found = os.fstat(stream.fileno())
        if not stat.S_ISREG(found.st_mode):
            raise FileProblem("is not a regular file", "leave it out")
        if found.st_size > limit:
            why = f"is larger than {limit >> 20} MiB"
            raise FileProblem(why, "leave it out, or import it in parts")
        pieces = []
        left = limit + 1
        while left and (piece := stream.read(min(left, found.st_size + 1))):
            pieces.append(piece)
            left -= len(piece)
    if not left:
        raise FileProblem("grows while it is read", "try again when it does not")
    return pieces[0] if len(pieces) == 1 else b"".join(pieces)


def _opened(path: str, flags: int) -> int:
    # Opening a FIFO would wait for somebody who writes to it.
    return os.open(path, flags | os.O_NONBLOCK | os.O_NOFOLLOW)


def files_below(
    root: Path, enters: Callable[[str], bool], wants: Callable[[str], bool]
) -> Iterator[tuple[str, Path | FileProblem]]:
    """Yield, in the order of their names, the paths of regular files below `root`.

    Each with its path relative to `root`, and in place of itself a `FileProblem` for what cannot be
    looked at.

    :param enters: whether the directory of that relative path is looked into. One that is a link
        is not, and is a `FileProblem`.
    :param wants: whether anything else of that relative path is of interest.
    """
    waiting = [""]
    left = MAX_FILES
    while waiting:
        folder = waiting.pop()
        try:
            with os.scandir(root / folder) as scan:
                found = sorted(scan, key=lambda item: item.name)
        except OSError as error:
            why = f"cannot be listed: {os.strerror(error.errno or 0)}"
            yield folder or ".", FileProblem(why, "read it as its owner")
            continue
        below = []
        for item in found:
            path = f"{folder}/{item.name}" if folder else item.name
            left -= 1
            if left < 0:
                why = f"is one of more than {MAX_FILES} files"
                yield path, FileProblem(why, "import one part of the directory after another")
                return
            if _is(item, os.DirEntry.is_dir):
                if enters(path):
                    below.append(path)
            elif wants(path) or (_leads_to_a_directory(item) and enters(path)):
                yield path, _checked(item)
        for path in reversed(below):
            if path.count("/") < _MAX_DEPTH:
                waiting.append(path)
            else:
                why = f"is within more than {_MAX_DEPTH} directories"
                yield path, FileProblem(why, "import that directory by itself")


def _checked(item: os.DirEntry[str]) -> Path | FileProblem:
    if _is(item, os.DirEntry.is_file):
        return Path(item.path)
    if item.is_symlink():
        return FileProblem("is a link", "import what it points to")
    return FileProblem("is not a regular file", "leave it out")


def _leads_to_a_directory(item: os.DirEntry[str]) -> bool:
    try:
        return item.is_symlink() and item.is_dir()
    except OSError:  # a loop of links
        return False


def _is(item: os.DirEntry[str], kind: Callable[..., bool]) -> bool:
    with suppress(OSError):  # removed in the meantime
        return kind(item, follow_symlinks=False)
    return False
