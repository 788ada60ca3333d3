"""Text files, such as a master's rotated ``twistd.log.1``, plain or gzip.

A file is rewritten beside itself and takes its own place in one step, with its owner, mode and
time: at no moment is there half a file. One without secrets is not touched.
"""

from __future__ import annotations

import contextlib
import gzip
import os
import secrets
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import BinaryIO, cast

from buildbot_keychain.cli.outcome import Stop
from buildbot_keychain.cli.scrub.lines import Block, LineStream
from buildbot_keychain.cli.scrub.report import Report
from buildbot_keychain.cli.terminal import size
from buildbot_keychain.redaction import Redactor

_BLOCK = 1 << 20
_GZIP = b"\x1f\x8b"


class _Piece(Block):
    """Some lines of a file; `ended` says whether a line end follows the last."""

    def __init__(self, number: int, text: bytes) -> None:
        self.ended = text.endswith(b"\n")
        super().__init__(number, text.removesuffix(b"\n").split(b"\n"))

    @property
    def text(self) -> bytes:
        return b"\n".join(self.lines) + (b"\n" if self.ended else b"")


_Place = tuple[_Piece, int]


def scrub(path: Path, redactor: Redactor, report: Report, *, writing: bool) -> None:
    """Report the secrets in the file at `path`, and replace them if `writing`.

    :raise Stop: when it cannot be read or replaced.
    """

    def note(name: str, place: _Place) -> None:
        piece, index = place
        report.found(name, f"{redactor.redact(str(path))}, line {piece.number + index}")

    problem = ""
    try:
        real = path.resolve(strict=True)
        if not real.is_file():
            raise Stop(f"{path} is no regular file")
        packed = _is_packed(real)
        found = False
        with _source(real, packed=packed) as source:
            passed = 0
            for piece in _redacted(source, redactor, note):
                found |= piece.changed
                passed += len(piece.text)
                report.terminal.show(f"{path.name}: {size(passed)}")
        if found and writing:
            if real.stat().st_nlink > 1:
                report.terminal.say(f"{path} has other names, which keep the old text: remove them")
            _replace(real, redactor, packed=packed)
    except (OSError, EOFError) as error:
        problem = getattr(error, "strerror", None) or type(error).__name__
    if problem:
        raise Stop(f"cannot scrub {path}: {problem}")


def _replace(path: Path, redactor: Redactor, *, packed: bool) -> None:
    found = path.stat()
    beside = path.with_name(f".{path.name}.{secrets.token_hex(4)}.scrub")
    descriptor = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
    try:
        with open(descriptor, "wb") as raw:  # noqa: PTH123 - a descriptor
            with _source(path, packed=packed) as source, _sink(raw, packed=packed) as sink:
                for piece in _redacted(source, redactor, lambda *_: None):
                    sink.write(piece.text)
            raw.flush()
            if (found.st_uid, found.st_gid) != (os.geteuid(), os.getegid()):
                os.fchown(descriptor, found.st_uid, found.st_gid)
            os.fchmod(descriptor, found.st_mode & 0o7777)
            os.utime(descriptor, ns=(found.st_atime_ns, found.st_mtime_ns))
            os.fsync(descriptor)
        beside.replace(path)
    except BaseException:
        beside.unlink(missing_ok=True)
        raise


def _redacted(
    source: BinaryIO, redactor: Redactor, note: Callable[[str, _Place], None]
) -> Iterator[_Piece]:
    """Yield the file in pieces of whole lines, each when nothing in it can change any more."""
    stream: LineStream[_Place] = LineStream(redactor, note)
    waiting: list[_Piece] = []
    for piece in _pieces(source):
        waiting.append(piece)
        _apply(stream.feed(piece.lines, _placed(piece)))
        if not stream.is_open:
            yield from waiting
            waiting.clear()
    _apply(stream.close())
    yield from waiting


def _pieces(source: BinaryIO) -> Iterator[_Piece]:
    number, rest = 1, b""
    while data := source.read(_BLOCK):
        head, newline, tail = data.rpartition(b"\n")
        if not newline:
            rest += data
            continue
        piece = _Piece(number, rest + head + newline)
        number, rest = number + len(piece.lines), tail
        yield piece
    if rest:
        yield _Piece(number, rest)


def _placed(piece: _Piece) -> Callable[[int], _Place]:
    return lambda index: (piece, index)


def _apply(changed: list[tuple[_Place, bytes]]) -> None:
    for (piece, index), line in changed:
        piece.lines[index] = line
        piece.changed = True


def _is_packed(path: Path) -> bool:
    with path.open("rb") as file:
        return file.read(len(_GZIP)) == _GZIP


def _source(path: Path, *, packed: bool) -> BinaryIO:
    return cast("BinaryIO", gzip.open(path, "rb") if packed else path.open("rb"))


def _sink(raw: BinaryIO, *, packed: bool) -> contextlib.AbstractContextManager[BinaryIO]:
    if not packed:
        return contextlib.nullcontext(raw)
    return cast("BinaryIO", gzip.GzipFile(filename="", fileobj=raw, mode="wb"))
