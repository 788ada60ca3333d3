"""The chain of lines in a file: each has its number, and the SHA-256 of the line before. Pure."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Sequence
from typing import Any, NamedTuple

from buildbot_keychain.audit.record import Record

NOTHING = "0" * 64
"""What stands for the hash of the line before the first one."""

_BEGINNING = re.compile(rb'\{"n":([1-9][0-9]{0,17}),"prev":"([0-9a-f]{64})",')

STATE_LENGTH = 160
"""Bytes of the state of a file."""


class Link(NamedTuple):
    """A line of the chain: its number from 1, and its hash; number 0 stands before the first."""

    number: int
    hash: str

    @classmethod
    def of(cls, line: bytes) -> Link:
        """Return the link that a line is, without its line end; number 0 if it is none."""
        found = numbers_of(line)
        return cls(found[0], hash_of(line)) if found else cls(0, "")


def hash_of(line: bytes) -> str:
    """Return the hash of a line without its line end."""
    return hashlib.sha256(line).hexdigest()


def numbers_of(line: bytes) -> tuple[int, str] | None:
    """Return a line's number and the hash that it gives of the line before; ``None`` if none."""
    found = _BEGINNING.match(line)
    if found is None or not line.endswith(b"}"):
        return None
    return int(found[1]), found[2].decode("ascii")


def linked(last: Link, records: Sequence[Record]) -> tuple[list[bytes], Link]:
    """Return the lines of records, with line ends, that follow a line, and the last of them."""
    number, previous = last.number, last.hash or NOTHING
    lines = []
    for record in records:
        number += 1
        line = f'{{"n":{number},"prev":"{previous}",{record.text[1:]}'.encode("ascii")
        previous = hash_of(line)
        lines.append(line + b"\n")
    return lines, Link(number, previous) if lines else last


def state_text(last: Link, first: int, *, is_clean: bool) -> bytes:
    """Return what is kept beside a file: its last line, and the first one that is to be there."""
    state = {"n": last.number, "hash": last.hash, "first": first, "clean": is_clean}
    return json.dumps(state).encode("ascii").ljust(STATE_LENGTH - 1) + b"\n"


def read_state(text: bytes) -> dict[str, Any]:
    """Return what `state_text` has written; nothing if it is damaged or empty."""
    try:
        state = json.loads(text)
        known = isinstance(state["n"], int) and isinstance(state["hash"], str)
        return state if known and isinstance(state["first"], int) else {}
    except (ValueError, LookupError, TypeError):
        return {}
