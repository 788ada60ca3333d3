"""What is on the disk if the power fails: a model of a trace of `strace`, and a program to trace.

A file that was written is not on the disk before it is synchronised, and its name not before its
directory is. `problems` says where something was relied upon before: a line ``done WORK`` on the
standard output says that all of it is there, and the database must not be written to while the ring
is not. What SQLite keeps in ``-shm`` files, and lock files, need not survive.

``python -m tests.support.disk_order DIRECTORY`` is the program.
"""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from buildbot_keychain.store.creation import create_store
from buildbot_keychain.store.database import Database
from buildbot_keychain.store.opening import OpenStore
from buildbot_keychain.store.private_files import LOCK
from buildbot_keychain.store.ring_file import RingFile
from tests.support.store_keys import NOW

CALLS = "openat,write,pwrite64,ftruncate,fsync,fdatasync,rename,renameat,renameat2,link,linkat"

_CALL = re.compile(r"\d+ +(\w+)\((.*)\) += (\d+)(?:<(.*)>)?$")
_FD = re.compile(r'^\d+<([^>]*)>(?:, "([^"]*)")?')
_PAIR = re.compile(r'\d+<([^>]*)>, "([^"]*)", \d+<([^>]*)>, "([^"]*)"')


@dataclass(frozen=True)
class Event:
    """What a call did: ``written``, ``named`` (`path`, and `old` if it had another), ``synced``.

    And ``done``, with a word as its path.
    """

    kind: str
    path: str
    old: str = ""


def events(trace: str, base: Path) -> Iterator[Event]:
    """Yield what was done to the files below a directory, in its order."""
    made = set()
    for line in trace.splitlines():
        matched = _CALL.match(line)
        if matched is None:
            continue
        call, arguments, _, opened = matched.groups()
        if call.startswith(("rename", "link")):
            pair = _PAIR.search(arguments)
            assert pair is not None, line
            yield Event("named", f"{pair[3]}/{pair[4]}", f"{pair[1]}/{pair[2]}")
            made.add(f"{pair[3]}/{pair[4]}")
        elif call == "openat":
            if "O_CREAT" in arguments and _counts(opened, base) and opened not in made:
                made.add(opened)
                yield Event("named", opened)
        else:
            found = _FD.match(arguments)
            assert found is not None, line
            path, text = found.groups()
            if call == "write" and (text or "").startswith("done "):
                yield Event("done", text[5:-2])
            elif call in {"fsync", "fdatasync"}:
                yield Event("synced", path)
            elif _counts(path, base):
                yield Event("written", path)


def problems(found: Iterable[Event]) -> list[str]:
    """Return what was relied upon before it was on the disk."""
    unsafe: set[str] = set()
    wrong = []
    for event in found:
        if event.kind == "written":
            keys = {path for path in unsafe if path.endswith(("/keys", "/ring"))}
            if "/data/" in event.path and keys:
                wrong.append(f"the database was written before {sorted(keys)}")
            unsafe.add(event.path)
        elif event.kind == "named":
            unsafe.add(str(Path(event.path).parent))
            if event.old in unsafe:
                unsafe.discard(event.old)
                unsafe.add(event.path)
        elif event.kind == "synced":
            unsafe.discard(event.path)
        elif unsafe:
            wrong.append(f"{event.path} was done before {sorted(unsafe)}")
    return wrong


def _counts(path: str, base: Path) -> bool:
    return path.startswith(f"{base}/") and not path.endswith(("-shm", LOCK))


def main(base: Path) -> None:
    """Do everything that writes, in a directory with directories for database and keys."""
    url, ring = f"sqlite:///{base}/data/secrets.sqlite", base / "keys" / "ring"
    database = Database(url)
    create_store(database, RingFile(ring), now=NOW, actor="x")
    database.close()
    done("create")
    store = OpenStore(url, ring, actor="x", seen=base / "seen")
    done("open")
    for number in range(3):
        store.secrets.set("a", "x" * 10_000 * number, now=NOW)
        done("set")
    store.rotation.rotate(now=NOW, alive_since=NOW)
    done("rotate")
    store.rekeying.rekey_all(since=NOW + 1, now=NOW + 1)
    done("rekey")
    store.close()
    done("close")


def done(what: str) -> None:
    os.write(1, f"done {what}\n".encode())


if __name__ == "__main__":
    main(Path(sys.argv[1]))
