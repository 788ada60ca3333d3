"""`LineStream`: redacts a text line by line and returns each changed line with its position.

The text is a file or one channel of a log. Redaction holds lines back that may be the beginning of
a secret, so nothing may be written until no line is pending. A `LineBlock` is a run of lines that
are stored together.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Sequence
from typing import Generic, TypeVar

from buildbot_keychain.redaction import Audience
from buildbot_keychain.redaction.cut_lines import CutLines

UNNAMED = "(part of a secret)"
"""The name that is reported for a masked fragment that is not within a whole secret."""

_MAX_RUN = 1000
"""Changed lines that are searched together for the names of their secrets."""

Position = TypeVar("Position")


class LineBlock:
    """Lines that are stored together; `number` is that of the first line, counted from 1."""

    def __init__(self, number: int, lines: list[bytes]) -> None:
        self.number = number
        self.lines = lines
        self.changed = False


class LineStream(Generic[Position]):
    """One text.

    :param found: called for each secret, with its name and the position of its first line.
    :param with_cuts: whether lines may have been cut by a worker, which loses text there.
    """

    def __init__(
        self,
        audience: Audience,
        found: Callable[[str, Position], None],
        *,
        with_cuts: bool = False,
    ) -> None:
        self._audience = audience
        self._stream = audience.stream()
        self._cut_lines = CutLines(audience) if with_cuts else None
        self._found = found
        self._pending: deque[tuple[Position, bytes]] = deque()
        self._partial_line = b""
        self._run: list[tuple[Position, bytes]] = []

    @property
    def has_pending(self) -> bool:
        """Whether lines are pending that may still change."""
        return bool(self._pending)

    def feed(
        self, lines: Sequence[bytes], position: Callable[[int], Position]
    ) -> list[tuple[Position, bytes]]:
        """Add lines, without their line ends; return the changed ones that are final.

        :param position: returns the position of the line with an index in `lines`.
        """
        text = b"\n".join(lines) + b"\n"
        released = self._stream.feed_bytes(self._without_fragments(text))
        if not self._pending and released == text:
            self.report()
            return []
        self._pending.extend((position(index), line) for index, line in enumerate(lines))
        return self._release(released)

    def close(self) -> list[tuple[Position, bytes]]:
        """End the text; return the remaining changed lines."""
        released = self._stream.close_bytes()
        if self._pending and not (self._partial_line + released).endswith(b"\n"):
            released += b"\n"
        changed = self._release(released)
        self.report()
        return changed

    def _without_fragments(self, text: bytes) -> bytes:
        if self._cut_lines is None:
            return text
        decoded = text.decode("utf-8", "surrogateescape")
        masked = self._cut_lines.mask_fragments(decoded)
        return text if masked == decoded else masked.encode("utf-8", "surrogateescape")

    def _release(self, released: bytes) -> list[tuple[Position, bytes]]:
        *whole, self._partial_line = (self._partial_line + released).split(b"\n")
        changed = []
        for new in whole:
            position, old = self._pending.popleft()
            if new == old:
                self.report()
                continue
            changed.append((position, new))
            self._run.append((position, old))
            if len(self._run) >= _MAX_RUN:
                self.report()
        return changed

    def report(self) -> None:
        """Report the secrets in the last run of changed lines, which has ended."""
        if not self._run:
            return
        run, self._run = self._run, []
        text = b"\n".join(line for _, line in run).decode("utf-8", "surrogateescape")
        at = line = 0
        matches = self._audience.find(text)
        for match in matches:
            line += text.count("\n", at, match.start)
            at = match.start
            self._found(match.name, run[line][0])
        if not matches:
            self._found(UNNAMED, run[0][0])
