"""`LogScrubber`: redacts the logs of steps, chunk by chunk, each with as many lines as before.

A log of type ``s`` has three channels, whose lines begin with a letter and may be mixed. A secret
of several lines can span chunks. So each channel is redacted as a text of its own, and chunks are
written when no channel has a pending line: never half of a secret. What is not hidden from the
readers of a build, as they might have guessed it, is reported.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterator

from buildbot_keychain.cli._database import Database, Row
from buildbot_keychain.cli._line_stream import LineBlock, LineStream
from buildbot_keychain.cli.scrub._compression import (
    ChunkDamaged,
    CompressionUnavailable,
    compress,
    decompress,
)
from buildbot_keychain.cli.scrub._locations import Locations
from buildbot_keychain.cli.scrub._readers import Readers
from buildbot_keychain.cli.scrub._report import Outcome, Report
from buildbot_keychain.cli.scrub._schema import LOG_CHUNKS
from buildbot_keychain.redaction import Audience

_PAGE_SIZE = 200
"""Chunks that are read at once."""

_TYPE_WITH_CHANNELS = "s"
_TYPE_OF_HTML = "h"

_Position = tuple["_Chunk", int]


class _Chunk(LineBlock):
    """A row of ``logchunks``."""

    def __init__(self, row: Row, text: bytes) -> None:
        super().__init__(row["first_line"] + 1, text.split(b"\n"))
        self.row = row
        self.found: list[tuple[str, int]] = []
        """The secrets that begin in this chunk and are hidden: name and line number."""

        self.all: list[tuple[str, int]] = []
        """Those that somebody finds there who has all secrets."""

    @property
    def shown(self) -> list[tuple[str, int]]:
        """The secrets that are not hidden."""
        return list((Counter(self.all) - Counter(self.found)).elements())

    @property
    def changes(self) -> dict[str, object]:
        """The values to store."""
        number, content = compress(self.row["compressed"], b"\n".join(self.lines))
        return {"compressed": number, "content": content}


class _Channel:
    """One channel of a log, for its readers and for somebody who has all secrets."""

    def __init__(self, readers: Audience, everyone: Audience) -> None:
        self.lines: LineStream[_Position] = LineStream(readers, _note_secret, with_cuts=True)
        self._all: LineStream[_Position] | None = None
        if readers is not everyone:
            self._all = LineStream(everyone, _note_any_secret, with_cuts=True)

    @property
    def has_pending(self) -> bool:
        return self.lines.has_pending or (self._all is not None and self._all.has_pending)

    def feed(
        self, lines: list[bytes], positions: Callable[[int], _Position]
    ) -> list[tuple[_Position, bytes]]:
        if self._all is not None:
            self._all.feed(lines, positions)
        return self.lines.feed(lines, positions)

    def close(self) -> list[tuple[_Position, bytes]]:
        if self._all is not None:
            self._all.close()
        return self.lines.close()

    def report(self) -> None:
        if self._all is not None:
            self._all.report()
        self.lines.report()


class _LogRedactor:
    """Redacts one log."""

    def __init__(
        self, readers: Audience, everyone: Audience, number: int, *, channels: bool
    ) -> None:
        self.number = number
        self._audiences = readers, everyone
        self._with_channels = channels
        self._channels: dict[bytes, _Channel] = {}
        self._pending: list[_Chunk] = []

    def feed(self, chunk: _Chunk) -> list[_Chunk]:
        """Add a chunk; return the chunks with secrets that are final."""
        self._pending.append(chunk)
        for letter, indices in self._by_channel(chunk.lines).items():
            stream = self._channels.get(letter)
            if stream is None:
                stream = self._channels[letter] = _Channel(*self._audiences)
            lines = [chunk.lines[index][len(letter) :] for index in indices]
            self._apply(letter, stream.feed(lines, self._positions(chunk, indices)))
        if any(stream.has_pending for stream in self._channels.values()):
            return []
        return self._take_final()

    def close(self) -> list[_Chunk]:
        """End the log; return the remaining chunks with secrets."""
        for letter, stream in self._channels.items():
            self._apply(letter, stream.close())
        final = self._take_final()
        self._channels.clear()
        return final

    @staticmethod
    def _positions(chunk: _Chunk, indices: list[int]) -> Callable[[int], _Position]:
        return lambda at: (chunk, indices[at])

    def _by_channel(self, lines: list[bytes]) -> dict[bytes, list[int]]:
        """Return the indices of the lines of each channel, by the letter of the channel."""
        if not self._with_channels:
            return {b"": list(range(len(lines)))}
        channels: dict[bytes, list[int]] = defaultdict(list)
        for index, line in enumerate(lines):
            channels[line[:1]].append(index)
        return channels

    @staticmethod
    def _apply(letter: bytes, changed: list[tuple[_Position, bytes]]) -> None:
        for (chunk, index), line in changed:
            chunk.lines[index] = letter + line
            chunk.changed = True

    def _take_final(self) -> list[_Chunk]:
        for stream in self._channels.values():
            stream.report()
        final, self._pending = self._pending, []
        return [chunk for chunk in final if chunk.changed or chunk.all]


def _note_secret(name: str, position: _Position) -> None:
    chunk, index = position
    chunk.found.append((name, chunk.number + index))


def _note_any_secret(name: str, position: _Position) -> None:
    chunk, index = position
    chunk.all.append((name, chunk.number + index))


class LogScrubber:
    """Redacts all logs of one database."""

    def __init__(
        self,
        database: Database,
        readers: Readers,
        locations: Locations,
        report: Report,
    ) -> None:
        self._database = database
        self._readers = readers
        self._locations = locations
        self._report = report

    def scrub(self, after: int | None, progress: Callable[[int], None]) -> Iterator[int]:
        """Scrub all logs; yield the number of a log whenever it and all before it are done.

        :param after: start after the log with this number.
        :param progress: called with the number of chunks of each page.
        """
        number, first_line = (0 if after is None else after + 1), 0
        log: _LogRedactor | None = None
        while rows := self._database.chunks(number, first_line, _PAGE_SIZE):
            final: list[_Chunk] = []
            for row in rows:
                if log is None or row["logid"] != log.number:
                    final += log.close() if log else []
                    log = self._open(row)
                chunk = self._read(row)
                # After a chunk that is missing, the text is another one.
                final += log.feed(chunk) if chunk else log.close()
            self._write(final)
            number, first_line = rows[-1]["logid"], rows[-1]["first_line"] + 1
            progress(len(rows))
            yield number - 1
        if log is not None:
            self._write(log.close())
            yield log.number

    def _open(self, row: Row) -> _LogRedactor:
        with_channels = row["log_type"] == _TYPE_WITH_CHANNELS
        everyone = self._readers.everyone
        readers = self._readers.of_build(row["buildid"])
        if row["log_type"] == _TYPE_OF_HTML:
            page = everyone.in_html()
            readers = page if readers is everyone else readers.in_html()
            everyone = page
        return _LogRedactor(readers, everyone, row["logid"], channels=with_channels)

    def _read(self, row: Row) -> _Chunk | None:
        content = row["content"]
        data = content.encode() if isinstance(content, str) else bytes(content or b"")
        try:
            return _Chunk(row, decompress(row["compressed"], data))
        except CompressionUnavailable as error:
            reason = str(error)
        except ChunkDamaged as error:
            reason = f"it is damaged ({error})"
        self._report.not_checked(f"{self._locations.log(row['logid'])}, a chunk of it", reason)
        return None

    def _write(self, final: list[_Chunk]) -> None:
        """Write changed chunks, and report the secrets that were in them."""
        chunks = [chunk for chunk in final if chunk.changed]
        outcomes = [self._report.default_outcome] * len(chunks)
        if chunks and self._report.writing:
            with self._database.transaction() as writer:
                outcomes = [
                    Outcome.REPLACED
                    if writer.update_chunk(LOG_CHUNKS, chunk.row, chunk.changes)
                    else Outcome.LEFT
                    for chunk in chunks
                ]
        for chunk, outcome in zip(chunks, outcomes, strict=True):
            location = self._locations.log(chunk.row["logid"])
            for name, line in sorted(chunk.found, key=lambda found: found[1]):
                self._report.found(name, f"{location}, line {line}", outcome)
        for chunk in final:
            for name, line in sorted(chunk.shown, key=lambda shown: shown[1]):
                location = self._locations.log(chunk.row["logid"])
                self._report.found(name, f"{location}, line {line}", Outcome.SHOWN)
