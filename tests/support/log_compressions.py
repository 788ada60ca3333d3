"""How the installed Buildbot compresses log chunks: classes since 4.1, dictionaries before."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

from buildbot.db.logs import LogsConnectorComponent


class Compression(NamedTuple):
    """One that is available; `name` is its ``logCompressionMethod``."""

    name: str
    pack: Callable[[bytes], bytes]
    unpack: Callable[[bytes], bytes]


def _all() -> dict[int, Compression]:
    found = {}
    by_number: dict[int, Any] = LogsConnectorComponent.COMPRESSION_BYID
    names = {_number(mode): name for name, mode in LogsConnectorComponent.COMPRESSION_MODE.items()}
    for number, kind in by_number.items():
        if isinstance(kind, dict):
            found[number] = Compression(names[number], kind["dumps"], kind["read"])
        elif kind.available:
            found[number] = Compression(names[number], kind.dumps, kind.read)
    return found


def _number(mode: Any) -> int:
    return mode["id"] if isinstance(mode, dict) else mode[0]


COMPRESSIONS = _all()
"""The available compressions, by the number that is stored with a chunk."""
