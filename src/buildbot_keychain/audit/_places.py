"""The files of one trail: the one that is written, and those that were begun before."""

from __future__ import annotations

import errno
import gzip
import os
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from buildbot_keychain.audit._chain import Link

STATE_SUFFIX = ".state"
"""What the name of the file ends with that has the number and hash of the last line."""

_DAMAGED = (gzip.BadGzipFile, EOFError, zlib.error)
"""What reading raises where a file is not of gzip, cut off, or changed."""


def old_files(path: str | os.PathLike[str]) -> list[Path]:
    """Return the files that the trail at `path` was written to before, the oldest first.

    Those that a program such as logrotate has renamed, ``PATH.1`` and ``PATH.2.gz``, are among
    them. What has no line of a trail is left out.
    """
    place = Path(path)
    found = []
    for other in place.parent.iterdir():
        begins = other.name.startswith(f"{place.name}.") and other.is_file()
        if begins and not other.name.endswith(STATE_SUFFIX):
            with opened(other) as file:
                number = Link.of(_first_line(file)).number
            if number:
                found.append((number, other))
    return [other for _, other in sorted(found)]


@contextmanager
def opened(path: Path) -> Iterator[IO[bytes]]:
    """Open a file for reading, which may be compressed by gzip.

    :raise OSError: when it cannot be read, also in the ``with`` statement.
    """
    if path.suffix == ".gz":
        try:
            with gzip.open(path, "rb") as file:
                yield file  # type: ignore[misc]
        except _DAMAGED as error:
            raise OSError(errno.EIO, "it is damaged, or not of gzip", str(path)) from error
    else:
        with path.open("rb") as plain:
            yield plain


def _first_line(file: IO[bytes]) -> bytes:
    try:
        return file.readline(1 << 20).rstrip(b"\n")
    except (OSError, *_DAMAGED):
        return b""
