"""Look for canaries in a text, however they were escaped, coloured, cut or encoded on the way.

A text is looked at through several *views* (itself, without white space, with escapes undone, …),
and in each view for whole canaries, in several *encodings*. What remains after that are parts: any
ten characters in a row. Pure: no files, no clock. A finding names the canary's channel and how it
was found; it never holds what was found.
"""

from __future__ import annotations

import base64
import html
import re
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import unquote_plus

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from tests.integration.leaks.canaries import Canary

WINDOW = 10  # characters of a canary that count as a part of it
_GRAM = 5
_STRIDE = WINDOW - _GRAM + 1
_COLOUR = re.compile(r"\x1b\[[0-9;?]*[ -/]*[@-~]|\x1b\][^\x07\x1b]*(?:\x07|\x1b\\)")
_BACKSPACED = re.compile(r"[^\x08]\x08")
_SPACE = re.compile(r"\s+")
_ESCAPE = re.compile(r"\\(?:x([0-9a-fA-F]{2})|u([0-9a-fA-F]{4})|([nrtbf\\'\"/$` ]))")
_LOG_LETTER = re.compile(r"^[ohe]", re.MULTILINE)
_CONTROL = {"n": "\n", "r": "\r", "t": "\t", "b": "\b", "f": "\f"}


@dataclass(frozen=True, order=True)
class Finding:
    """`count` canaries (or parts) of `channel`, seen as `kind`: ``whole``, ``whole, base64``, …"""

    channel: str
    kind: str
    count: int

    @property
    def partial(self) -> bool:
        """Whether only parts of the canary were found."""
        return self.kind.startswith("part")


class CanarySearch:
    """Finds the given canaries in any number of texts."""

    def __init__(self, canaries: Iterable[Canary]) -> None:
        self._windows: dict[str, str] = {}
        self._heads: dict[str, list[tuple[str, str, str]]] = {}
        for canary in canaries:
            for piece in canary.pieces:
                for kind, form in _encodings(piece):
                    head = form[:WINDOW]
                    self._heads.setdefault(head, []).append((form, canary.channel, kind))
                for start in range(len(piece) - WINDOW + 1):
                    window = _SPACE.sub("", piece[start : start + WINDOW])
                    if len(window) == WINDOW:
                        self._windows[window] = canary.channel
        self._grams = {
            text[start : start + _GRAM]
            for text in (*self._windows, *self._heads)
            for start in range(_STRIDE)
        }

    def search(self, text: str) -> list[Finding]:
        """Return what `text` gives away, the most telling view first for each channel."""
        found: dict[str, Finding] = {}
        parts: dict[str, Finding] = {}
        for view, seen in _views(text):
            whole: Counter[tuple[str, str]] = Counter()
            partial: Counter[str] = Counter()
            self._scan(seen, whole, partial)
            for (channel, kind), count in whole.items():
                found.setdefault(channel, Finding(channel, _kind("whole", kind, view), count))
            for channel, count in partial.items():
                parts.setdefault(channel, Finding(channel, _kind("part", "", view), count))
        return sorted((parts | found).values())

    def _scan(self, text: str, whole: Counter[tuple[str, str]], parts: Counter[str]) -> None:
        heads, windows = self._heads, self._windows
        for start in self._starts(text):
            window = text[start : start + WINDOW]
            for form, channel, kind in heads.get(window, ()):
                if text.startswith(form, start):
                    whole[channel, kind] += 1
            if window in windows:
                parts[windows[window]] += 1

    def _starts(self, text: str) -> Iterator[int]:
        """Yield where a window may begin: each has a gram at one of the places looked at."""
        grams = self._grams
        for place in range(0, len(text) - _GRAM + 1, _STRIDE):
            if text[place : place + _GRAM] in grams:
                yield from range(max(0, place - _STRIDE + 1), place + 1)


def _kind(amount: str, encoding: str, view: str) -> str:
    return ", ".join(word for word in (amount, encoding, view) if word)


def _encodings(piece: str) -> Iterator[tuple[str, str]]:
    """Yield every form under which a piece of a canary may stand in a view, and its name."""
    raw = piece.encode()
    yield "", _SPACE.sub("", piece)
    if " " in piece:
        yield "", piece
    yield "reversed", piece[::-1]
    yield "hex", raw.hex()
    for offset in range(3):
        # The characters of base64 that depend on the canary alone, at each alignment.
        encoded = base64.b64encode(b"\0" * offset + raw).decode()
        first = -(-offset * 8 // 6)
        yield "base64", encoded[first : (offset + len(raw)) * 8 // 6]


def _views(text: str) -> Iterator[tuple[str, str]]:
    """Yield the text as it is and under each rewriting that hides a canary from a plain search."""
    views: list[tuple[str, Callable[[str], str]]] = [
        ("", lambda text: text),
        ("joined", _joined),
        ("joined log lines", lambda text: _joined(_LOG_LETTER.sub("", text))),
        ("unescaped", lambda text: _joined(_unescaped(text))),
        ("unescaped twice", lambda text: _joined(_unescaped(_unescaped(text)))),
        ("percent-decoded", lambda text: _joined(unquote_plus(_unescaped(text)))),
        ("html-decoded", lambda text: _joined(html.unescape(_unescaped(text)))),
        ("lower case", lambda text: _unescaped(text).lower()),
    ]
    seen: set[str] = set()
    for name, view in views:
        result = view(text)
        if result not in seen:
            seen.add(result)
            yield name, result


def _joined(text: str) -> str:
    """Return what a person reads: no colours, backspaces done, white space gone."""
    text = _COLOUR.sub("", text)
    while "\x08" in text:
        shorter = _BACKSPACED.sub("", text)
        text = shorter if shorter != text else text.replace("\x08", "")
    return _SPACE.sub("", text)


def _unescaped(text: str) -> str:
    """Return the text with the escapes of JSON, of Python's ``repr`` and of a shell undone."""
    return _ESCAPE.sub(_unescape_one, text)


def _unescape_one(match: re.Match[str]) -> str:
    hexadecimal, unicode, character = match.groups()
    if character:
        return _CONTROL.get(character, character)
    return chr(int(hexadecimal or unicode, 16))
