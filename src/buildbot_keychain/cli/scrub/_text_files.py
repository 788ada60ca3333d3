"""Scrubs text files, such as a master's rotated ``twistd.log.1``, in any of `_text_formats`.

A file is left as it is to the bit, or replaced in one step by one whose text is exactly the
redacted one, with the same format, owner, mode and time. One that cannot be checked is reported,
and does not keep others from being checked. What another user's link leads to is not replaced where
that user could not do it. These files can only be read by people with an account
on the machine, so that all secrets are hidden in all their forms.
"""

from __future__ import annotations

import errno
import os
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import NamedTuple

from buildbot_keychain.cli._line_stream import LineBlock, LineStream
from buildbot_keychain.cli._terminal import format_size
from buildbot_keychain.cli.scrub import _partial_files
from buildbot_keychain.cli.scrub._report import Outcome, Report
from buildbot_keychain.cli.scrub._text_formats import NotText, TextFormat, read, recognise, writer
from buildbot_keychain.links import link_of_others
from buildbot_keychain.redaction import Redactor


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
    """Report the secrets in the file at `path`, and replace them if `report` says so."""
    location = redactor.redact(str(path))
    found: list[tuple[int, str]] = []
    try:
        real = path.resolve(strict=True)
        if not real.is_file():
            report.file_not_checked(location, "it is not a regular file")
            return
        before = _version(real)
        text_format = recognise(real)
        changed = _search(real, text_format, redactor, report, found)
    except (OSError, NotText) as error:
        report.file_not_checked(location, _problem(error))
        return
    outcome = report.default_outcome
    if report.writing:
        outcome = Outcome.LEFT
        try:
            _require_no_link_of_others(path)
            if leftovers := _partial_files.remove_leftovers(real):
                report.terminal.message(f"{location}: removed {leftovers} left by a killed run")
            if changed and _replace(real, text_format, redactor, before):
                outcome = Outcome.REPLACED
                if before.links > 1:
                    report.terminal.message(
                        f"{location} had other hard links, which keep the old text: remove them"
                    )
        except (OSError, NotText) as error:
            report.terminal.message(f"cannot replace {location}: {_problem(error)}")
    for line, name in sorted(found):
        report.found(name, f"{location}, line {line}", outcome)


def _require_no_link_of_others(path: Path) -> None:
    if link_of_others(path) is not None:
        reason = "a link leads there that belongs to somebody else: name the file itself"
        raise OSError(errno.EPERM, reason)


def _problem(error: OSError | NotText) -> str:
    if isinstance(error, NotText):
        return str(error)
    return error.strerror or type(error).__name__


class _Version(NamedTuple):
    """By what a file is known to be as it was read."""

    inode: int
    size: int
    changed: int
    links: int


def _version(path: Path) -> _Version:
    found = path.stat()
    return _Version(found.st_ino, found.st_size, found.st_mtime_ns, found.st_nlink)


def _search(
    path: Path,
    text_format: TextFormat,
    redactor: Redactor,
    report: Report,
    found: list[tuple[int, str]],
) -> bool:
    """Add line and name of each secret to `found`; return whether anything is to be replaced."""

    def note(name: str, position: _Position) -> None:
        block, index = position
        found.append((block.number + index, name))

    changed = False
    passed = 0
    for block in _redacted_blocks(read(path, text_format), redactor, note):
        changed |= block.changed
        passed += len(block.text)
        report.terminal.status(f"{path.name}: {format_size(passed)}")
    return changed


def _replace(path: Path, text_format: TextFormat, redactor: Redactor, version: _Version) -> bool:
    """Replace the file; return ``False`` if it has been changed by somebody else meanwhile."""
    old = path.stat()
    new, descriptor = _partial_files.create(path)
    try:
        with open(descriptor, "wb") as raw:  # noqa: PTH123 - a descriptor
            with writer(raw, text_format) as write:
                text = read(path, text_format)
                for block in _redacted_blocks(text, redactor, lambda *_: None):
                    write(block.text)
            raw.flush()
            if (old.st_uid, old.st_gid) != (os.geteuid(), os.getegid()):
                os.fchown(descriptor, old.st_uid, old.st_gid)
            os.fchmod(descriptor, old.st_mode & 0o7777)
            os.utime(descriptor, ns=(old.st_atime_ns, old.st_mtime_ns))
            os.fsync(descriptor)
            if _version(path) == version:
                new.replace(path)
                return True
        new.unlink()
    except BaseException:
        new.unlink(missing_ok=True)
        raise
    return False


def _redacted_blocks(
    pieces: Iterable[bytes], redactor: Redactor, report_secret: Callable[[str, _Position], None]
) -> Iterator[_FileBlock]:
    """Yield the text in blocks of whole lines, each as soon as it is final."""
    stream: LineStream[_Position] = LineStream(redactor.seen_by(None), report_secret)
    pending: list[_FileBlock] = []
    for block in _blocks(pieces):
        pending.append(block)
        _apply(stream.feed(block.lines, _positions(block)))
        if not stream.has_pending:
            yield from pending
            pending.clear()
    _apply(stream.close())
    yield from pending


def _blocks(pieces: Iterable[bytes]) -> Iterator[_FileBlock]:
    number, rest = 1, []
    for piece in pieces:
        head, newline, tail = piece.rpartition(b"\n")
        if not newline:
            rest.append(piece)
            continue
        block = _FileBlock(number, b"".join((*rest, head, newline)))
        number, rest = number + len(block.lines), [tail]
        yield block
    if last := b"".join(rest):
        yield _FileBlock(number, last)


def _positions(block: _FileBlock) -> Callable[[int], _Position]:
    return lambda index: (block, index)


def _apply(changed: list[tuple[_Position, bytes]]) -> None:
    for (block, index), line in changed:
        block.lines[index] = line
        block.changed = True
