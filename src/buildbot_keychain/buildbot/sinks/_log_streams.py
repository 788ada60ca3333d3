"""Redaction of the logs of steps, as they are written, line by line.

Buildbot appends whole lines. In a log of type ``s`` each line begins with the letter of its stream:
``o`` for standard output, ``e`` for standard error, ``h`` for headers. A secret of several lines
may arrive in several appends with lines of other streams in between, so each stream of each open
log has a `RedactionStream` of its own.

As many lines leave as arrive, and only whole ones; a line that may be the beginning of a secret
leaves with the next append, or when the log is finished. So do headers that tell how a command has
ended, and those that we write before one begins: each append takes Buildbot four transactions.

A log of type ``h`` is a page of HTML, in which labels are escaped.
"""

from __future__ import annotations

import re
from itertools import groupby
from operator import attrgetter

from buildbot_keychain.buildbot.commands import ENVIRONMENT_NOTICE
from buildbot_keychain.redaction import Audience
from buildbot_keychain.redaction.audience import Label
from buildbot_keychain.redaction.cut_lines import CutLines
from buildbot_keychain.redaction.structures import WITHHELD

_WITH_PREFIXES = "s"
_HTML = "h"

_ENDS = r"(?:program finished with exit code -?\d+|elapsedTime=[\d.]+)\n\Z"
_WAITS = re.compile(f"h(?:{_ENDS}|{re.escape(ENVIRONMENT_NOTICE)})")
"""What is appended where something else follows at once."""


class _Stream:
    """One stream of one log; returns whole lines only."""

    def __init__(self, audience: Audience, *, noting: bool) -> None:
        self._audience = audience
        self._labels: list[Label] = []  # in lines that have not left
        self.left: list[Label] = []  # in the lines that left last
        self._note = self._labels.append if noting else None
        self._stream = audience.stream(self._note)
        self._cut_lines = CutLines(audience, self._note_arriving if noting else None)
        self._unfinished = ""  # the start of a line whose end has not left yet
        self._pending = 0  # lines that arrived and have not left

    def feed(self, lines: str) -> str:
        try:
            text = self._unfinished + self._stream.feed(self._cut_lines.mask_fragments(lines))
        except Exception:  # noqa: BLE001 - text that cannot be redacted is withheld
            self._pending += lines.count("\n")
            return self._withhold()
        if text is lines:
            return lines
        self._pending += lines.count("\n")
        whole, newline, self._unfinished = text.rpartition("\n")
        count = whole.count("\n") + len(newline)
        self._pending -= count
        if self._labels:
            self._let_go(count)
        return whole + newline

    def close(self) -> str:
        try:
            text = self._unfinished + self._stream.close()
        except Exception:  # noqa: BLE001 - text that cannot be redacted is withheld
            return self._withhold()
        self._let_go(len(text))
        return text if not text or text.endswith("\n") else f"{text}\n"

    def _let_go(self, lines: int) -> None:
        """Note which labels are in the first so many lines; the others have not left."""
        left = [label for label in self._labels if label.line < lines]
        self.left += sorted(left, key=attrgetter("line"))
        self._labels[:] = [
            each._replace(line=each.line - lines) for each in self._labels if each.line >= lines
        ]

    def _note_arriving(self, label: Label) -> None:
        """Note a label in lines that are about to arrive behind those that are pending."""
        self._labels.append(label._replace(line=label.line + self._pending))

    def _withhold(self) -> str:
        """Return as many lines as are pending, with none of their text."""
        lines, self._pending, self._unfinished = self._pending, 0, ""
        self._stream = self._audience.stream(self._note)
        self._labels.clear()
        return f"{WITHHELD}\n" * lines


class LogStreams:
    """The streams of one open log.

    :ivar audience: the readers of the log.
    :ivar labels: the labels in the lines that were returned, with their lines in those; who stores
        the lines takes them away.
    :param log_type: the type that Buildbot opened the log with: ``s``, ``t`` or ``h``.
    :param noting: whether the labels that are shown are to be noted.
    """

    def __init__(self, audience: Audience, log_type: str, *, noting: bool = False) -> None:
        self.audience = audience.in_html() if log_type == _HTML else audience
        self._noting = noting
        self.labels: list[Label] = []
        self._prefixed = log_type == _WITH_PREFIXES
        self._streams: dict[str, _Stream] = {}
        self._covers: dict[str, str] = {}
        self._waiting = ""  # redacted lines that leave with the next ones

    def cover(self, letters: str, name: str) -> None:
        """Return ``<name>`` from now on in place of each line of these streams."""
        self._covers.update(dict.fromkeys(letters, name))

    @property
    def has_headers(self) -> bool:
        """Whether lines that no program reads may be added."""
        return self._prefixed

    def feed(self, content: str) -> str:
        """Return the lines to store now that Buildbot appends `content`, whole lines."""
        if not self._prefixed:
            return self._feed("", content)
        waiting, line = self._waiting, self._waiting.count("\n")
        if _WAITS.match(content):
            self._waiting += self._redacted(content, line)
            return ""
        self._waiting = ""
        return waiting + self._redacted(content, line)

    def _redacted(self, content: str, line: int) -> str:
        """Return what leaves of `content`, behind so many lines that wait."""
        runs = _runs(content)
        if len(runs) == 1:
            ((letter, text),) = runs
            clean = self._feed(letter, text, line)
            return content if clean is text else _prefixed(letter, clean)
        released = []
        for letter, text in runs:
            released.append(self._feed(letter, text, line))
            line += released[-1].count("\n")
        if all(after is before for after, (_, before) in zip(released, runs, strict=True)):
            return content
        return "".join(
            _prefixed(letter, text) for (letter, _), text in zip(runs, released, strict=True)
        )

    def close(self) -> str:
        """Return the lines that were still held back."""
        rest, line = [self._waiting], self._waiting.count("\n")
        for letter, stream in self._streams.items():
            rest.append(_prefixed(letter, stream.close()))
            self._collect(stream, line)
            line += rest[-1].count("\n")
        return "".join(rest)

    def _feed(self, letter: str, lines: str, line: int = 0) -> str:
        cover = self._covers.get(letter)
        if cover is not None:
            return self._cover(cover, lines, line)
        stream = self._streams.get(letter)
        if stream is None:
            stream = self._streams[letter] = _Stream(self.audience, noting=self._noting)
        released = stream.feed(lines)
        if stream.left:
            self._collect(stream, line)
        return released

    def _cover(self, name: str, lines: str, line: int) -> str:
        label, count = f"<{name}>", lines.count("\n")
        if self._noting:
            self.labels += [Label(name, label, line + number) for number in range(count)]
        return f"{label}\n" * count

    def _collect(self, stream: _Stream, line: int) -> None:
        """Take over the labels in what a stream has returned, which begins at `line`."""
        self.labels += [label._replace(line=label.line + line) for label in stream.left]
        stream.left = []


def _runs(content: str) -> list[tuple[str, str]]:
    """Split `content` into runs of lines of one stream, without their letters."""
    letter = content[:1]
    if letter and letter != "\n":
        # Nearly always all lines are of one stream. Splitting takes two thirds of the time that
        # replacing takes.
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
