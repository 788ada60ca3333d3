"""Redacting lines that stay where they are: each line that changes is told with its old place.

A `LineStream` is one text that comes in whole lines: a text file, or one channel of a log. What is
held back by redaction is settled later, so what is to be written waits until nothing is open.
`Block` is what such lines are stored in.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Sequence
from typing import Generic, TypeVar

from buildbot_keychain.redaction import Redactor

UNNAMED = "(part of a secret)"
"""What is reported where a piece of a secret was masked that no whole one explains."""

_GROUP = 1000

Token = TypeVar("Token")


class Block:
    """Lines that are stored together; `number` is the line number of the first, from 1."""

    def __init__(self, number: int, lines: list[bytes]) -> None:
        self.number = number
        self.lines = lines
        self.changed = False


class LineStream(Generic[Token]):
    """One text.

    :param found: told the name of each secret that was found, and the token of its first line.
    """

    def __init__(self, redactor: Redactor, found: Callable[[str, Token], None]) -> None:
        self._redactor = redactor
        self._stream = redactor.stream()
        self._found = found
        self._pending: deque[tuple[Token, bytes]] = deque()
        self._started = b""
        self._group: list[tuple[Token, bytes]] = []

    @property
    def is_open(self) -> bool:
        """Whether lines are held back that may still change."""
        return bool(self._pending)

    def feed(
        self, lines: Sequence[bytes], token: Callable[[int], Token]
    ) -> list[tuple[Token, bytes]]:
        """Take lines in, without their ends, and give those that are settled and changed.

        :param token: gives what stands for the line with an index of `lines`.
        """
        text = b"\n".join(lines) + b"\n"
        released = self._stream.feed_bytes(text)
        if not self._pending and released == text:
            self.report()
            return []
        self._pending.extend((token(index), line) for index, line in enumerate(lines))
        return self._settle(released)

    def close(self) -> list[tuple[Token, bytes]]:
        """Give the rest of the lines that changed."""
        released = self._stream.close_bytes()
        if self._pending and not (self._started + released).endswith(b"\n"):
            released += b"\n"
        changed = self._settle(released)
        self.report()
        return changed

    def _settle(self, released: bytes) -> list[tuple[Token, bytes]]:
        *whole, self._started = (self._started + released).split(b"\n")
        changed = []
        for new in whole:
            token, old = self._pending.popleft()
            if new == old:
                self.report()
                continue
            changed.append((token, new))
            self._group.append((token, old))
            if len(self._group) >= _GROUP:
                self.report()
        return changed

    def report(self) -> None:
        """Say which secrets are in the last run of changed lines; it has ended."""
        if not self._group:
            return
        group, self._group = self._group, []
        text = b"\n".join(line for _, line in group).decode("utf-8", "surrogateescape")
        at = line = 0
        matches = self._redactor.find(text)
        for match in matches:
            line += text.count("\n", at, match.start)
            at = match.start
            self._found(match.name, group[line][0])
        if not matches:
            self._found(UNNAMED, group[0][0])
