"""Scrubs text files, such as a master's rotated ``twistd.log.1``, plain or gzip.

The new file is written next to the old one and replaces it in one step, with the same owner, mode
and time: there is never half of a file. A file without secrets is not touched.
"""

from __future__ import annotations

import contextlib
import gzip
import os
import secrets
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import BinaryIO, cast

from buildbot_keychain.cli._exit import CommandError
from buildbot_keychain.cli._terminal import format_size
from buildbot_keychain.cli.scrub._line_stream import LineBlock, LineStream
from buildbot_keychain.cli.scrub._report import Report
from buildbot_keychain.redaction import Redactor

_READ_SIZE = 1 << 20
"""Bytes that are read at once."""

_GZIP_MAGIC = b"\x1f\x8b"
"""RFC 1952, section 2.3.1."""


class _FileBlock(LineBlock):
    """Some lines of a file; the last one may have no line end."""

    def __init__(self, number: int, text: bytes) -> None:
        self._line_end = b"\n" if text.endswith(b"\n") else b""
        super().__init__(number, text.removesuffix(b"\n").split(b"\n"))

    @property
    def text(self) -> bytes:
        return b"\n".join(self.lines) + self._line_end


_Position = tuple[_FileBlock, int]


def scrub(path: Path, redactor: Redactor, report: Report) -> None:
    """Report the secrets in the file at `path`, and replace them if `report` says so.

    :raise CommandError: if it cannot be read or replaced.
    """

    def report_secret(name: str, position: _Position) -> None:
        block, index = position
        report.found(name, f"{redactor.redact(str(path))}, line {block.number + index}")

    try:
        real = path.resolve(strict=True)
        if not real.is_file():
            raise CommandError(f"cannot scrub {path}: it is not a regular file")
        compressed = _is_gzip(real)
        changed = False
        with _open_source(real, compressed=compressed) as source:
            passed = 0
            for block in _redacted_blocks(source, redactor, report_secret):
                changed |= block.changed
                passed += len(block.text)
                report.terminal.status(f"{path.name}: {format_size(passed)}")
        if changed and report.writing:
            if real.stat().st_nlink > 1:
                report.terminal.message(
                    f"{path} has other hard links, which keep the old text: remove them"
                )
            _replace(real, redactor, compressed=compressed)
    except BrokenPipeError:  # it is the report that nobody reads any more
        raise
    except (OSError, EOFError) as error:
        problem = getattr(error, "strerror", None) or type(error).__name__
        raise CommandError(f"cannot scrub {path}: {problem}") from error


def _replace(path: Path, redactor: Redactor, *, compressed: bool) -> None:
    old = path.stat()
    new = path.with_name(f".{path.name}.{secrets.token_hex(4)}.scrub")
    descriptor = os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
    try:
        with open(descriptor, "wb") as raw:  # noqa: PTH123 - a descriptor
            with (
                _open_source(path, compressed=compressed) as source,
                _open_sink(raw, compressed=compressed) as sink,
            ):
                for block in _redacted_blocks(source, redactor, lambda *_: None):
                    sink.write(block.text)
            raw.flush()
            if (old.st_uid, old.st_gid) != (os.geteuid(), os.getegid()):
                os.fchown(descriptor, old.st_uid, old.st_gid)
            os.fchmod(descriptor, old.st_mode & 0o7777)
            os.utime(descriptor, ns=(old.st_atime_ns, old.st_mtime_ns))
            os.fsync(descriptor)
        new.replace(path)
    except BaseException:
        new.unlink(missing_ok=True)
        raise


def _redacted_blocks(
    source: BinaryIO, redactor: Redactor, report_secret: Callable[[str, _Position], None]
) -> Iterator[_FileBlock]:
    """Yield the file in blocks of whole lines, each as soon as it is final."""
    stream: LineStream[_Position] = LineStream(redactor, report_secret)
    pending: list[_FileBlock] = []
    for block in _blocks(source):
        pending.append(block)
        _apply(stream.feed(block.lines, _positions(block)))
        if not stream.has_pending:
            yield from pending
            pending.clear()
    _apply(stream.close())
    yield from pending


def _blocks(source: BinaryIO) -> Iterator[_FileBlock]:
    number, rest = 1, b""
    while data := source.read(_READ_SIZE):
        head, newline, tail = data.rpartition(b"\n")
        if not newline:
            rest += data
            continue
        block = _FileBlock(number, rest + head + newline)
        number, rest = number + len(block.lines), tail
        yield block
    if rest:
        yield _FileBlock(number, rest)


def _positions(block: _FileBlock) -> Callable[[int], _Position]:
    return lambda index: (block, index)


def _apply(changed: list[tuple[_Position, bytes]]) -> None:
    for (block, index), line in changed:
        block.lines[index] = line
        block.changed = True


def _is_gzip(path: Path) -> bool:
    with path.open("rb") as file:
        return file.read(len(_GZIP_MAGIC)) == _GZIP_MAGIC


def _open_source(path: Path, *, compressed: bool) -> BinaryIO:
    return cast("BinaryIO", gzip.open(path, "rb") if compressed else path.open("rb"))


def _open_sink(raw: BinaryIO, *, compressed: bool) -> contextlib.AbstractContextManager[BinaryIO]:
    if not compressed:
        return contextlib.nullcontext(raw)
    return cast("BinaryIO", gzip.GzipFile(filename="", fileobj=raw, mode="wb"))
