"""Finds secret values in text: complete or in part, plain or encoded.

It does not use the library that it checks. A value and each of its encodings is cut into patterns
of eight characters, so that any fifteen consecutive characters of it are found. A text is searched
twice: as it is, and without white space, colours and the letters that Buildbot puts in front of the
lines of a log. The values are random, so nothing is found by chance.
"""

from __future__ import annotations

import base64
import json
import re
import shlex
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from urllib.parse import quote

SIZE = 8
"""Characters of a pattern."""

_COLOUR = re.compile(r"\x1b\[[0-9;]*m")
_LETTER = re.compile(r"^[ohe]", re.MULTILINE)
_SPACE = re.compile(r"\s+")


@dataclass(frozen=True)
class Found:
    """How often a text shows a secret, by its name, and how often all labels and the control."""

    values: Mapping[str, int]
    labels: int
    controls: int


class Search:
    """Counts the places in a text that show a secret.

    :param values: the secrets by name.
    :param control: a public value that must be found wherever the secrets could be.
    """

    def __init__(self, values: Mapping[str, str], control: str) -> None:
        self._labels = [f"<{name}>" for name in values]
        self._control = control
        self._patterns: dict[str, set[tuple[str, str]]] = defaultdict(set)
        """Pattern and name of its secret, by the first characters of the pattern."""
        for name, value in values.items():
            for pattern in _patterns(value):
                self._patterns[pattern[:SIZE]].add((pattern, name))

    def __call__(self, text: str) -> Found:
        """Search a text."""
        values: Counter[str] = Counter()
        for view in {text, _SPACE.sub("", _LETTER.sub("", _COLOUR.sub("", text)))}:
            values |= self._places(view)
        return Found(
            dict(values),
            sum(text.count(label) for label in self._labels),
            text.count(self._control),
        )

    def _places(self, text: str) -> Counter[str]:
        """Count the places that match a pattern; matches that touch or overlap are one place."""
        places: Counter[str] = Counter()
        ends: dict[str, int] = {}
        for start in range(len(text) - SIZE + 1):
            head = text[start : start + SIZE]
            if head in self._patterns:
                for pattern, name in self._patterns[head]:
                    if text.startswith(pattern, start):
                        places[name] += start > ends.get(name, -1)
                        ends[name] = start + len(pattern)
        return places


def _patterns(value: str) -> Iterator[str]:
    # The first and last lines of a PEM text are public.
    lines = [line for line in value.splitlines() if line and not line.startswith("-----")]
    for line in lines:
        for encoded in _encodings(line):
            yield from _pieces(_SPACE.sub("", encoded), SIZE)
        # Digests and ids have the same letters as hexadecimal, so its patterns must be longer.
        for encoded in (line.encode().hex(), line.encode().hex().upper()):
            yield from _pieces(encoded, 2 * SIZE)


def _pieces(text: str, size: int) -> Iterator[str]:
    return (text[start : start + size] for start in range(0, len(text) - size + 1, size))


def _encodings(line: str) -> Iterator[str]:
    yield from (line, line[::-1], json.dumps(line)[1:-1], repr(line)[1:-1])
    yield from (shlex.quote(line), quote(line, ""))
    raw = line.encode()
    for offset in range(3):
        encoded = base64.b64encode(b"\0" * offset + raw).decode()
        # The characters at both ends depend on the bytes around the value.
        yield encoded[-(-offset * 8 // 6) : (offset + len(raw)) * 8 // 6]
