"""Redact outputs of programs in every chunking, and find what still shows a secret."""

from __future__ import annotations

import functools
import zlib
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from buildbot_keychain.redaction import RedactionPolicy, Redactor
from tests.integration.programs.kinds import KINDS
from tests.integration.programs.outputs import Output
from tests.support.readings import Search

KIB = 1024
_SMALL = KIB // 2
"""Bytes: enough for a secret of one line and what is before it."""


def _pieces(data: bytes, size: int) -> Iterator[bytes]:
    return (data[start : start + size] for start in range(0, len(data), size))


def _small_pieces(data: bytes) -> Iterator[bytes]:
    """Yield five bytes at a time, and after a few hundred what is left: it would take long."""
    yield from _pieces(data[:_SMALL], 5)
    yield data[_SMALL:]


CHUNKINGS: dict[str, Callable[[bytes], Iterable[bytes]]] = {
    "whole": lambda data: [data],
    "by line": lambda data: data.splitlines(keepends=True),
    "4 KiB": lambda data: _pieces(data, 4 * KIB),
    "5 bytes": _small_pieces,
}
"""How an output is fed to a stream."""

_CHUNKINGS_OF = {"build_log": tuple(CHUNKINGS), "ansi": ("whole", "by line")}
"""Which of them the tests try under a policy: what holds text back is the same for both."""

_SHARE = 3
"""Five bytes at a time take most of the time, so the tests try them for one in three outputs: for
four of the twelve kinds of each method, and for a third of the methods of each kind."""

POLICIES: dict[str, Callable[[], RedactionPolicy]] = {
    "build_log": RedactionPolicy.build_log,
    "ansi": RedactionPolicy.ansi,
}


@dataclass(frozen=True, order=True)
class Shown:
    """An output that shows a secret after redaction, and how; never what."""

    program: str
    method: str
    kind: str
    policy: str
    chunkings: tuple[str, ...]
    always: bool
    """Whether no chunking that was tried hides it."""
    reading: str

    def __str__(self) -> str:
        """Return all of it as a line."""
        where = "any chunks" if self.always else ", ".join(self.chunkings)
        return f"{self.program} {self.method}, {self.kind}, {self.policy}, {where}: {self.reading}"


@functools.cache
def _redactor(policy: str) -> Redactor:
    redactor = Redactor(POLICIES[policy]())
    for kind in KINDS:
        redactor.add(kind.name, kind.value)
    return redactor


@functools.cache
def _search(kind: str) -> Search:
    return Search(next(known.pieces for known in KINDS if known.name == kind))


def redacted(data: bytes, policy: str, chunking: str) -> bytes:
    """Return what a stream makes of data (bytes) under a policy, in a chunking."""
    return _fed(tuple(CHUNKINGS[chunking](data)), policy)


@functools.lru_cache(maxsize=8)
def _fed(chunks: tuple[bytes, ...], policy: str) -> bytes:
    """Return what a stream makes of chunks: those of several chunkings are often the same."""
    stream = _redactor(policy).stream()
    fed = [stream.feed_bytes(chunk) for chunk in chunks]
    return b"".join(fed) + stream.close_bytes()


def reading(output: Output, data: bytes) -> str | None:
    """Return how data (bytes) shows the secret that an output is about, or None."""
    return _reading(output.kind, data)


@functools.lru_cache(maxsize=8)
def _reading(kind: str, data: bytes) -> str | None:
    """Return the same by the kind of secret: policies often give the same."""
    return _search(kind).reading(data.decode("utf-8", "replace"))


def _chunkings(output: Output, policy: str) -> list[str]:
    """Return the chunkings that the tests try for an output under a policy."""
    place = zlib.crc32(output.method.encode()) + _PLACES[output.kind]
    return [
        chunking
        for chunking in _CHUNKINGS_OF[policy]
        if chunking != "5 bytes" or place % _SHARE == 0
    ]


_PLACES = {kind.name: place for place, kind in enumerate(KINDS)}


def shown(output: Output, *, all_chunkings: bool = False) -> Iterator[Shown]:
    """Yield what an output still shows when it is redacted, for each policy.

    :param all_chunkings: under each policy, beyond what the tests try.
    """
    for policy in POLICIES:
        results: dict[bytes, list[str]] = {}
        for chunking in CHUNKINGS if all_chunkings else _chunkings(output, policy):
            results.setdefault(redacted(output.data, policy, chunking), []).append(chunking)
        for result, chunkings in results.items():
            how = reading(output, result)
            if how is not None:
                about = (output.program, output.method, output.kind, policy)
                yield Shown(*about, tuple(chunkings), len(results) == 1, how)
