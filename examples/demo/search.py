"""Looks for secret values in text: whole or in part, as they are or encoded.

It knows nothing of the library that it checks. A value is cut into windows of eight characters, so
that any fifteen of its characters in a row are found; and each of its encodings likewise. Two views
of a text are searched: itself, and the one without white space, colours and the letters that
Buildbot puts before the lines of a log. Values are random, so that nothing is found by chance.
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

WINDOW = 8
_COLOUR = re.compile(r"\x1b\[[0-9;]*m")
_LETTER = re.compile(r"^[ohe]", re.MULTILINE)
_SPACE = re.compile(r"\s+")


@dataclass(frozen=True)
class Found:
    """What a text holds: `values` by the name of the secret, `labels` and `controls` in all."""

    values: Mapping[str, int]
    labels: int
    controls: int


class Search:
    """Counts, in any text, the places that give a secret away.

    :param values: the secrets by name.
    :param control: a value that is not secret and must be found wherever the secrets could be.
    """

    def __init__(self, values: Mapping[str, str], control: str) -> None:
        self._labels = [f"<{name}>" for name in values]
        self._control = control
        self._heads: dict[str, set[tuple[str, str]]] = defaultdict(set)
        for name, value in values.items():
            for needle in _needles(value):
                self._heads[needle[:WINDOW]].add((needle, name))

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
        """Count the places at which a needle is; needles that touch or overlap are one place."""
        heads = self._heads
        places: Counter[str] = Counter()
        ends: dict[str, int] = {}
        for start in range(len(text) - WINDOW + 1):
            head = text[start : start + WINDOW]
            if head in heads:
                for needle, name in heads[head]:
                    if text.startswith(needle, start):
                        places[name] += start > ends.get(name, -1)
                        ends[name] = start + len(needle)
        return places


def _needles(value: str) -> Iterator[str]:
    # The first and the last line of a PEM text are the same for all, and no secret.
    lines = [line for line in value.splitlines() if line and not line.startswith("-----")]
    for line in lines:
        for written in _encodings(line):
            yield from _windows(_SPACE.sub("", written), WINDOW)
        # Other people's digests and ids are of the same letters: look for more of them in a row.
        for written in (line.encode().hex(), line.encode().hex().upper()):
            yield from _windows(written, 2 * WINDOW)


def _windows(text: str, size: int) -> Iterator[str]:
    return (text[start : start + size] for start in range(0, len(text) - size + 1, size))


def _encodings(line: str) -> Iterator[str]:
    yield from (line, line[::-1], json.dumps(line)[1:-1], repr(line)[1:-1])
    yield from (shlex.quote(line), quote(line, ""))
    raw = line.encode()
    for offset in range(3):
        encoded = base64.b64encode(b"\0" * offset + raw).decode()
        # What stands at its ends depends on what stands beside the value.
        yield encoded[-(-offset * 8 // 6) : (offset + len(raw)) * 8 // 6]
