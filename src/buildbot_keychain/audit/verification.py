"""`verify`: whether any line of a file of the audit trail was removed, changed or moved. Blocks.

It reads line by line and keeps nothing of them, however long the files are. A line is as it was
written if the one after it says so, and the last one if the state beside the file does. Whoever can
write the files, and knows this, can make another chain: what matters is sent elsewhere as well.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from buildbot_keychain.audit._chain import NOTHING, hash_of, numbers_of, read_state
from buildbot_keychain.audit._places import STATE_SUFFIX, old_files, opened


@dataclass
class Verified:
    """What was verified so far.

    :ivar lines: how many lines were read.
    :ivar first: the number of the first.
    :ivar last: the number of the last.
    :ivar hash: its hash.
    :ivar kept: the hash of the line that the state is of.
    """

    lines: int = 0
    first: int = 0
    last: int = 0
    hash: str = NOTHING
    kept: str = ""


def verify(
    path: str, result: Verified | None = None, *, others: Sequence[Path] | None = None
) -> Iterator[str]:
    """Yield a sentence for everything that is wrong in a file and those that were rotated.

    :param path: the file that is written now.
    :param result: is filled in.
    :param others: the files before it, in their order; by default those beside it.
    :raise OSError: when a file cannot be read.
    """
    seen = Verified() if result is None else result
    # What is written meanwhile is behind what the state says.
    try:
        state = read_state(Path(path + STATE_SUFFIX).read_bytes())
    except FileNotFoundError:
        state = {}
    kept = state.get("n", 0)
    place = Path(path)
    files = [*(old_files(path) if others is None else others)]
    if place.exists():
        files.append(place)
    for file in files:
        yield from _verify_file(file, seen, state.get("first", 0), kept, is_last=file == place)
    if seen.lines and not state:
        yield f"{path}{STATE_SUFFIX} is missing or damaged: lines removed at the end do not show"
    if seen.last < kept:
        yield f"lines {seen.last + 1} to {kept}, the last ones, were removed"
    elif seen.kept and seen.kept != state["hash"]:
        yield f"line {kept} was changed"


def _verify_file(
    file: Path, seen: Verified, expected: int, kept: int, *, is_last: bool
) -> Iterator[str]:
    with opened(file) as lines:
        for count, raw in enumerate(lines, 1):
            where = f"{file}, line {count}"
            if not raw.endswith(b"\n"):
                # Somebody may be writing it.
                if not is_last:
                    yield f"{where}: it was cut off"
                return
            line = raw[:-1]
            found = numbers_of(line)
            if found is None or not _is_json(line):
                yield f"{where}: it was changed, or is no line of an audit trail"
                continue
            yield from (f"{where}: {problem}" for problem in _compare(seen, found, expected))
            seen.lines += 1
            seen.last, seen.hash = found[0], hash_of(line)
            if seen.last == kept:
                seen.kept = seen.hash


def _compare(seen: Verified, found: tuple[int, str], expected: int) -> Iterator[str]:
    """Yield what is wrong with a line, by its number and the hash that it gives."""
    number, previous = found
    if not seen.lines:
        seen.first = number
        if number > expected > 0:
            yield f"lines {expected} to {number - 1}, which come before it, were removed"
    elif number > seen.last + 1:
        missing = f"{seen.last + 1} to {number - 1}"
        yield f"lines {missing}, which come before it, were removed"
    elif number <= seen.last:
        yield f"its number is {number}, after {seen.last}: it was moved or copied"
    elif previous != seen.hash:
        yield f"the line before it, number {seen.last}, was changed"


def _is_json(line: bytes) -> bool:
    try:
        return isinstance(json.loads(line), dict)
    except ValueError:
        return False
