"""Redaction of the logs of steps, as they are written, line by line.

Buildbot appends whole lines; in a log of type ``s`` each begins with the letter of its stream:
``o`` for standard output, ``e`` for standard error, ``h`` for headers. A secret of several lines
may come in several appends with lines of other streams in between, so each stream of each open
log has a `RedactionStream` of its own.

What goes in comes out with the same number of lines, in whole lines; a line that may be the
beginning of a secret comes out with its next append, or when the log is finished.
"""

from __future__ import annotations

from itertools import groupby

from buildbot_keychain.buildbot.cut_lines import CutLines
from buildbot_keychain.redaction import Redactor
from buildbot_keychain.redaction.structures import WITHHELD

_WITH_PREFIXES = "s"


class _Stream:
    """One stream of one log; gives out whole lines only."""

    def __init__(self, redactor: Redactor) -> None:
        self._redactor = redactor
        self._stream = redactor.stream()
        self._cut_lines = CutLines(redactor)
        self._started = ""
        self._owed = 0

    def feed(self, lines: str) -> str:
        try:
            text = self._started + self._stream.feed(self._cut_lines.mended(lines))
        except Exception:  # noqa: BLE001 - a text that cannot be redacted is not passed on
            self._owed += lines.count("\n")
            return self._withhold()
        if text is lines:
            return lines
        self._owed += lines.count("\n")
        whole, newline, self._started = text.rpartition("\n")
        self._owed -= whole.count("\n") + len(newline)
        return whole + newline

    def close(self) -> str:
        try:
            text = self._started + self._stream.close()
        except Exception:  # noqa: BLE001 - a text that cannot be redacted is not passed on
            return self._withhold()
        return text if not text or text.endswith("\n") else f"{text}\n"

    def _withhold(self) -> str:
        """Give as many lines as are owed, with nothing of their text."""
        lines, self._owed, self._started = self._owed, 0, ""
        self._stream = self._redactor.stream()
        return f"{WITHHELD}\n" * lines


class LogStreams:
    """The streams of one open log of the type `type_`: ``s``, ``t`` or ``h``."""

    def __init__(self, redactor: Redactor, type_: str) -> None:
        self._redactor = redactor
        self._prefixed = type_ == _WITH_PREFIXES
        self._streams: dict[str, _Stream] = {}

    def feed(self, content: str) -> str:
        """Take whole lines as Buildbot appends them and give those to be stored now."""
        if not self._prefixed:
            return self._stream("").feed(content)
        runs = _runs(content)
        released = [self._stream(letter).feed(text) for letter, text in runs]
        if all(after is before for after, (_, before) in zip(released, runs, strict=True)):
            return content
        return "".join(
            _prefixed(letter, text) for (letter, _), text in zip(runs, released, strict=True)
        )

    def close(self) -> str:
        """Give the lines that were still held back."""
        return "".join(_prefixed(letter, s.close()) for letter, s in self._streams.items())

    def _stream(self, letter: str) -> _Stream:
        stream = self._streams.get(letter)
        if stream is None:
            stream = self._streams[letter] = _Stream(self._redactor)
        return stream


def _runs(content: str) -> list[tuple[str, str]]:
    """Split `content` into runs of lines of one stream, and take the letters off."""
    letter = content[:1]
    if letter and letter != "\n":
        # Nearly always all lines are of one stream. Splitting takes two thirds of the time of
        # replacing.
        lines = content.split(f"\n{letter}")
        if len(lines) == content.count("\n") and content[-1] == "\n":
            return [(letter, "\n".join(lines)[1:])]
    content = content.removesuffix("\n")
    return [
        (letter, "".join(f"{line[1:]}\n" for line in run))
        for letter, run in groupby(content.split("\n"), key=lambda line: line[:1])
    ]


def _prefixed(letter: str, text: str) -> str:
    if not letter or not text:
        return text
    return letter + text[:-1].replace("\n", f"\n{letter}") + "\n"
