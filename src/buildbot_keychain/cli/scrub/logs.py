"""The logs of steps: chunk after chunk, each with as many lines as before.

A log of type ``s`` has three channels, whose lines begin with a letter and may be mixed; a secret
of several lines may lie across chunks. Each channel is a text of its own, and chunks are written
when no channel holds a line back: never half a secret.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from buildbot_keychain.cli.scrub import compression
from buildbot_keychain.cli.scrub.columns import LOG_CHUNKS
from buildbot_keychain.cli.scrub.database import Database, Row
from buildbot_keychain.cli.scrub.lines import Block, LineStream
from buildbot_keychain.cli.scrub.places import Places
from buildbot_keychain.cli.scrub.report import Fate, Report
from buildbot_keychain.redaction import Redactor

_PAGE = 200
_WITH_CHANNELS = "s"

_Place = tuple["Chunk", int]


class Chunk(Block):
    """A row of ``logchunks``."""

    def __init__(self, row: Row, text: bytes) -> None:
        super().__init__(row["first_line"] + 1, text.split(b"\n"))
        self.row = row
        self.names: list[tuple[str, int]] = []

    @property
    def changes(self) -> dict[str, object]:
        """What to store."""
        number, content = compression.compress(self.row["compressed"], b"\n".join(self.lines))
        return {"compressed": number, "content": content}


class _Log:
    """One log on its way through the redactor."""

    def __init__(self, redactor: Redactor, number: int, *, channels: bool) -> None:
        self.number = number
        self._redactor = redactor
        self._with_channels = channels
        self._channels: dict[bytes, LineStream[_Place]] = {}
        self._waiting: list[Chunk] = []

    def feed(self, chunk: Chunk) -> list[Chunk]:
        """Take a chunk, and give those that are settled and changed."""
        self._waiting.append(chunk)
        for letter, indices in self._runs(chunk.lines).items():
            stream = self._channels.get(letter)
            if stream is None:
                stream = self._channels[letter] = LineStream(self._redactor, _note)
            lines = [chunk.lines[index][len(letter) :] for index in indices]
            places = self._placed(chunk, indices)
            self._apply(letter, stream.feed(lines, places))
        if any(stream.is_open for stream in self._channels.values()):
            return []
        return self._settled()

    def close(self) -> list[Chunk]:
        """Give the rest."""
        for letter, stream in self._channels.items():
            self._apply(letter, stream.close())
        settled = self._settled()
        self._channels.clear()
        return settled

    @staticmethod
    def _placed(chunk: Chunk, indices: list[int]) -> Callable[[int], _Place]:
        return lambda at: (chunk, indices[at])

    def _runs(self, lines: list[bytes]) -> dict[bytes, list[int]]:
        if not self._with_channels:
            return {b"": list(range(len(lines)))}
        runs: dict[bytes, list[int]] = {}
        for index, line in enumerate(lines):
            letter = line[:1]
            if letter in runs:
                runs[letter].append(index)
            else:
                runs[letter] = [index]
        return runs

    @staticmethod
    def _apply(letter: bytes, changed: list[tuple[_Place, bytes]]) -> None:
        for (chunk, index), line in changed:
            chunk.lines[index] = letter + line
            chunk.changed = True

    def _settled(self) -> list[Chunk]:
        for stream in self._channels.values():
            stream.report()
        settled, self._waiting = self._waiting, []
        return [chunk for chunk in settled if chunk.changed]


def _note(name: str, place: _Place) -> None:
    chunk, index = place
    chunk.names.append((name, chunk.number + index))


class Logs:
    """Goes through the logs of one database.

    :param writing: whether to replace what is found.
    """

    def __init__(
        self,
        database: Database,
        redactor: Redactor,
        places: Places,
        report: Report,
        *,
        writing: bool,
    ) -> None:
        self._database = database
        self._redactor = redactor
        self._places = places
        self._report = report
        self._writing = writing

    def scrub(self, after: int | None, progress: Callable[[int], None]) -> Iterator[int]:
        """Go through all logs; yields the number of a log that is done, it and all before it.

        :param after: begin behind this log.
        :param progress: told the number of chunks of each page.
        """
        at, first = (0 if after is None else after + 1), 0
        log: _Log | None = None
        while rows := self._database.chunks(at, first, _PAGE):
            settled: list[Chunk] = []
            for row in rows:
                if log is None or row["logid"] != log.number:
                    settled += log.close() if log else []
                    log = self._begin(row)
                chunk = self._chunk(row)
                # Behind a gap, a text goes on elsewhere.
                settled += log.feed(chunk) if chunk else log.close()
            self._settle(settled)
            at, first = rows[-1]["logid"], rows[-1]["first_line"] + 1
            progress(len(rows))
            yield at - 1
        if log is not None:
            self._settle(log.close())
            yield log.number

    def _begin(self, row: Row) -> _Log:
        return _Log(self._redactor, row["logid"], channels=row["log_type"] == _WITH_CHANNELS)

    def _chunk(self, row: Row) -> Chunk | None:
        content = row["content"]
        data = content.encode() if isinstance(content, str) else bytes(content or b"")
        try:
            return Chunk(row, compression.decompress(row["compressed"], data))
        except compression.Unavailable as missing:
            reason = str(missing)
        except compression.Damaged as damage:
            reason = f"it is damaged ({damage})"
        self._report.not_checked(f"{self._places.log(row['logid'])}, a chunk of it", reason)
        return None

    def _settle(self, chunks: list[Chunk]) -> None:
        """Write chunks, and report what was in them."""
        fates = [self._report.fate] * len(chunks)
        if chunks and self._writing:
            with self._database.writing() as writer:
                fates = [
                    Fate.REPLACED
                    if writer.update_chunk(LOG_CHUNKS, chunk.row, chunk.changes)
                    else Fate.LEFT
                    for chunk in chunks
                ]
        for chunk, fate in zip(chunks, fates, strict=True):
            place = self._places.log(chunk.row["logid"])
            for name, line in sorted(chunk.names, key=lambda found: found[1]):
                self._report.found(name, f"{place}, line {line}", fate)
