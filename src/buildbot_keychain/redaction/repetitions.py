"""What a text repeats, and sequences in it (``abcd``, ``9876``, ``qwerty``): cheap to guess.

Each costs the bits that say where it stood before, or which sequence it is, and how long it is, as
in zxcvbn (see `strength`).
"""

from __future__ import annotations

import math
from collections.abc import Callable

__all__ = ["SHORTEST", "without_repetitions"]

SHORTEST = 4
"""Characters from which a repetition or sequence is taken for one."""

_START_BITS = 6.0
"""What it costs to choose the sequence and where in it to start."""

_SEQUENCES = (
    *("abcdefghijklmnopqrstuvwxyz", "01234567890", "!@#$%^&*()_+"),
    *("qwertyuiop", "qwertzuiop", "azertyuiop", "asdfghjkl", "zxcvbnm"),
    *("1qaz2wsx3edc4rfv5tgb6yhn7ujm8ik9ol", "1q2w3e4r5t6y7u8i9o0p"),
)


def without_repetitions(text: str, shortest: Callable[[str], int]) -> tuple[str, float]:
    """Return a text with NUL for each repetition and sequence, and what these cost, in bits.

    :param shortest: returns how many characters make one, `SHORTEST` or more, given the text in
        lower case.
    """
    lower = text.lower() if len(text.lower()) == len(text) else text
    windows = _windows(lower)
    if len(set(windows)) == len(windows) and _STEPS.isdisjoint(windows):
        return text, 0.0
    least = shortest(lower)
    at, left, cost = 0, [], 0.0
    before: dict[str, int] = {}
    while at < len(lower):
        sequence = _sequence(windows, at)
        longest = max(sequence, _copy(lower, at, before.get(windows[at])))
        if longest < least or lower[at] == "\0":
            longest = 1
            left.append(text[at])
        else:
            place = _START_BITS if sequence == longest else math.log2(at + 1)
            cost += place + math.log2(longest) + math.log2(len(lower) - longest + 1)
            left.append("\0")
        for here in range(at, at + longest):
            before.setdefault(windows[here], here)
        at += longest
    return "".join(left), cost


def _windows(text: str) -> list[str]:
    """Return what begins at each place of a text: as much as is taken for a repetition."""
    return [text[at : at + SHORTEST] for at in range(len(text))]


_STEPS = frozenset(
    window
    for line in (*_SEQUENCES, *(line[::-1] for line in _SEQUENCES))
    for window in _windows(line)[: 1 - SHORTEST]
).union(chr(code) * SHORTEST for code in range(32, 127))
"""All windows of sequences."""


def _copy(text: str, at: int, source: int | None) -> int:
    """Return how far a text goes on at a place as it did at an earlier one."""
    if source is None or text[at] == "\0":
        return 0
    end = at
    while end < len(text) and text[source] == text[end]:
        source, end = source + 1, end + 1
    return end - at


def _sequence(windows: list[str], at: int) -> int:
    """Return the length of the sequence that begins at a place, 0 if none does."""
    end = at
    while end < len(windows) and windows[end] in _STEPS:
        end += 1
    return end - at + SHORTEST - 1 if end > at else 0
