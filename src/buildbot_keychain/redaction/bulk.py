"""Replacing secrets in a text where they stand thickly: one after the other, by `bytes.replace`.

To find an occurrence and to write its label takes a microsecond or two; `bytes.replace` takes a
fiftieth of that. It covers what redaction covers, the longest needle first, as long as no two
occurrences overlap unless one lies in the other. `Bulk` makes sure of that. Where occurrences of
two needles overlap, the first that is replaced tears the other, of which a piece remains: its
*core*, what no other needle can take of it at either end. So if the core is still there when all of
a needle has been replaced, as many must have been replaced as were there; if they are fewer, some
were torn, or lay in longer ones. Occurrences of one needle that overlap each other are looked for
as one text. Where all this cannot tell, the text is redacted as any other.

It serves needles that are found by their bytes alone, have no line end and cannot be part of a
label. Such are all secrets of one line under `RedactionPolicy.raw()`.
"""

from __future__ import annotations

import bisect
import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from itertools import islice
from typing import NamedTuple

from .writer import Writer

__all__ = ["Bulk"]

LONGEST = 4096
"""Bytes: with a longer needle nothing is replaced this way."""

MANY = 256
"""Of more different needles in one text it takes less time to find each occurrence."""

FEW = 8
"""So many labels are looked for on their own."""

BORDERS = 4
"""In how many ways a needle may overlap itself; of one with more, it is taken for granted."""

_SPECIAL = re.compile(rb"[<>\r\n]")
_TOUCHING = re.compile(rb"(<[^<>]+>)\1+")


class _Shape(NamedTuple):
    """What one needle has to do with itself and others."""

    doubled: Sequence[bytes]
    """Two occurrences that overlap each other, as one text, for each way of overlapping."""

    core: bytes
    """What is left if other needles take as much of both ends as they can."""


class Bulk:
    """The needles of a snapshot, the longest first, each with its label."""

    def __init__(self, needles: Iterable[tuple[bytes, int]], labels: Sequence[bytes]) -> None:
        """Take each needle (bytes) with the index of its secret, and all labels by that index."""
        owners: dict[bytes, int] = {}
        for text, secret in needles:
            owners[text] = min(secret, owners.get(text, secret))
        self._labels = labels
        self._shared = {label for label, count in Counter(labels).items() if count > 1}
        self._shapes: dict[bytes, _Shape | None] = {}
        self._keys = [
            (text, labels[owners[text]]) for text in sorted(owners, key=len, reverse=True)
        ]
        self._forwards = sorted(owners)
        self._backwards = sorted(text[::-1] for text in owners)
        self._usable = not any(len(text) > LONGEST or _SPECIAL.search(text) for text in owners)

    def write(self, text: bytes, settled: int, opened: int, writer: Writer) -> tuple[bytes, int]:
        """Write with labels for secrets what stands from `settled` on, and say how far this went.

        What stands before was written earlier, under the same needles; what stands from `opened`
        on is held. It goes less far if an occurrence stands across that place, and nowhere if this
        way cannot tell.
        """
        nothing = b"", settled
        if not self._usable:
            return nothing
        there = (pair for pair in self._keys if text.find(pair[0], settled) >= 0)
        present = dict(islice(there, MANY + 1))
        if len(present) > MANY or not self._shared.isdisjoint(present.values()):
            return nothing
        stop = _clear(text, opened, present)
        output = self._replaced(text[settled:stop], present) if stop > settled else None
        if output is None:
            return nothing
        return writer.adopt(output, text[settled:stop], self._labels), stop

    def _replaced(self, body: bytes, present: Mapping[bytes, bytes]) -> bytes | None:
        output = body
        for key, label in present.items():
            shape = self._shape(key)
            if shape is None or any(twice in body for twice in shape.doubled):
                return None
            before, output = output, output.replace(key, label)
            if shape.core in output and _count(before, output, key, label) != body.count(key):
                return None
        labels = set(present.values())
        # Where there are many, they have taken the place of most of the text.
        few = len(labels) <= FEW
        if not (any(label * 2 in output for label in labels) if few else b"><" in output):
            return output
        # Labels that stood in the text are not united with those beside them.
        return None if b"<" in body else _TOUCHING.sub(rb"\1", output)

    def _shape(self, key: bytes) -> _Shape | None:
        """The shape of a key, or None if it is no key for this."""
        if key not in self._shapes:
            borders = (size for size in range(len(key) - 1, 0, -1) if key.endswith(key[:size]))
            doubled = _shortest(key + key[size:] for size in borders)
            fit = len(doubled) <= BORDERS and not any(key in label for label in self._labels)
            left = _in_common(key[::-1], self._backwards)
            right = _in_common(key, self._forwards)
            core = key[left : max(left, len(key) - right)]
            self._shapes[key] = _Shape(doubled, core) if fit else None
        return self._shapes[key]


def _in_common(key: bytes, others: Sequence[bytes]) -> int:
    """The length of the longest end of a key, not the whole, that begins one of others, sorted."""
    for size in range(len(key) - 1, 0, -1):
        end = key[-size:]
        at = bisect.bisect_left(others, end)
        if at < len(others) and others[at].startswith(end):
            return size
    return 0


def _shortest(texts: Iterable[bytes]) -> Sequence[bytes]:
    """Leave out the texts in which a shorter one stands; they come shortest first.

    Of more than `BORDERS` it is not worth to know all.
    """
    shortest: list[bytes] = []
    for text in texts:
        if not any(other in text for other in shortest):
            shortest.append(text)
        if len(shortest) > BORDERS:
            break
    return shortest


def _clear(text: bytes, place: int, keys: Iterable[bytes]) -> int:
    """The last place up to the one given across which none of the keys stands."""
    before = -1
    while place not in {before, 0, len(text)}:
        before = place
        for key in keys:
            start = text.find(key, max(0, before - len(key) + 1), before + len(key) - 1)
            if 0 <= start < place:
                place = start
    return place


def _count(before: bytes, after: bytes, key: bytes, label: bytes) -> int:
    """How often a key was replaced by a label."""
    less = len(key) - len(label)
    return (len(before) - len(after)) // less if less else before.count(key)
