"""By which protocol each worker has connected last, as the master has logged it.

Buildbot's database does not say it, and who is connected now shows no names. The line of a worker
that attaches by PB has its address; by msgpack it has none.
"""

from __future__ import annotations

import re
from collections.abc import Collection
from contextlib import suppress
from pathlib import Path

from buildbot_keychain.inspection.doctor._files import rotated

PB, MSGPACK = "pb", "msgpack"

_ATTACHING = re.compile(rb"worker '([^'\n]{1,256})' attaching( from |\r?$)", re.MULTILINE)

_MOST = 32 * 2**20
"""Bytes that are read of all logs, the newest first."""


def protocols_of(names: Collection[str], log: Path) -> dict[str, str]:
    """Return `PB` or `MSGPACK` for each of some workers that a log, or an older one, names.

    :param names: the names of the workers.
    :param log: the log of the master.
    """
    wanted, left = set(names), _MOST
    seen: dict[str, str] = {}
    for file in _newest_first(log):
        if left <= 0 or wanted <= seen.keys():
            break
        with suppress(OSError):
            text = _end_of(file, left)
            left -= len(text)
            # The last line of a worker counts.
            found = {
                name.decode("utf-8", "replace"): PB if address.strip() else MSGPACK
                for name, address in _ATTACHING.findall(text)
            }
            seen = {name: how for name, how in found.items() if name in wanted} | seen
    return seen


def _newest_first(log: Path) -> list[Path]:
    times = []
    for file in (log, *rotated(log)):
        with suppress(OSError):
            if file.is_file() and file.suffix not in {".gz", ".bz2", ".xz", ".zst"}:
                times.append((file.stat().st_mtime, file))
    return [file for _, file in sorted(times, reverse=True)]


def _end_of(file: Path, most: int) -> bytes:
    with file.open("rb") as stream:
        stream.seek(max(0, file.stat().st_size - most))
        return stream.read(most)
