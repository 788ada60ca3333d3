"""The compiled form of patterns that are hidden from everybody, because nobody can guess them.

Only whole occurrences on one line count. Nothing about the end of a text is asked, so nothing is
held back.

A guess that is nearly right must not be told from a wrong one, not even by the work it causes. So
an anchor is much longer here than in a `Layer`: a text that holds one has guessed enough of the
secret not to be a guess. In a text with a structure, of which most may be known, the anchor is that
of its kernel, or a piece at the place where the kernel is written.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import TYPE_CHECKING

from buildbot_keychain.redaction.strength import BITS_OF_A_CHARACTER, bits

from .anchors import rarest
from .finder import Finder
from .normalisation import fold
from .pattern_table import PatternTable
from .scanner import TIERS

if TYPE_CHECKING:
    from buildbot_keychain.redaction.forms.unguessable import OpenText

__all__ = ["anchors_of", "open_layer"]

ANCHOR = 16
"""So many characters of a text an anchor stands for; in some forms, these are more bytes.

A shorter pattern is its own anchor. In hexadecimal digits, 16 have 64 bits.
"""

DENSE_ANCHOR = 12
"""The same for a text with more bits in a character: of shorter ones there are more to choose from.

In letters and digits 12 have 71 bits, folded 62. Without an automaton, longer ones take less time.
"""

DENSE = 5.0
"""So many bits are more."""

MORE = 2
"""So many bytes more for each character, at most, where a form writes only some of them longer."""

REACH = 56
"""So many places are tried for an anchor that begins with rare bytes."""

BEFORE = 8
"""And so many before what cannot be guessed; of this, an anchor holds as much in any case."""


def open_layer(texts: Iterable[OpenText], tier: str = TIERS[0]) -> Finder:
    """Return what finds the patterns of some texts, compiled for an engine tier."""
    texts = list(texts)
    patterns = PatternTable(each for text in texts for each in text.patterns)
    return Finder(patterns, anchors_of(texts, tier), tier)


def anchors_of(texts: Iterable[OpenText], tier: str) -> dict[bytes, tuple[int, int]]:
    """Return where the anchor of each folded pattern of some texts starts and ends, in a tier."""
    found: dict[bytes, tuple[int, int]] = {}
    anchors: dict[str, dict[bytes, None]] = {}
    sizes: dict[str, int] = {}
    for text in sorted(texts, key=lambda text: text.text != text.kernel):  # kernels first
        if text.kernel not in sizes:
            sizes[text.kernel] = _size(text, tier)
        known = anchors.setdefault(text.kernel, {})
        for folded in (fold(pattern.text) for pattern in text.patterns):
            if folded not in found:
                start, end = found[folded] = _anchor_of(folded, text, sizes[text.kernel], known)
                known[folded[start:end]] = None
    return found


def _size(text: OpenText, tier: str) -> int:
    """Return how many characters of a text's kernel an anchor stands for."""
    kernel = text.kernel
    if tier == "stdlib" or not any(map(str.isdigit, kernel)):
        return ANCHOR
    if text.text == kernel:  # how many bits it has says where they begin
        each = round((text.end - text.start) * BITS_OF_A_CHARACTER, 6)
    else:
        each = bits(kernel) / len(kernel)
    return DENSE_ANCHOR if each >= DENSE else ANCHOR


def _anchor_of(
    folded: bytes, text: OpenText, characters: int, known: Iterable[bytes]
) -> tuple[int, int]:
    """Return where the anchor of a folded pattern of a text starts and ends.

    :param characters: how many characters of the text it stands for.
    :param known: anchors of other patterns of its kernel; one that stands here is preferred.
    """
    for anchor in known:
        at = folded.find(anchor)
        if at >= 0:
            return at, at + len(anchor)
    written = len("".join(text.text.split()))
    if folded.isalnum():
        size = round(characters * len(folded) / written)
    else:  # all that is written longer may be in the anchor
        size = characters + min(max(0, len(folded) - written), MORE * characters)
    last = len(folded) - size
    if last <= 0:
        return 0, len(folded)
    latest = min(last, max(0, round(text.end * len(folded)) - size))
    earliest = max(0, min(latest, math.ceil(text.start * len(folded))))
    at = rarest(folded, max(0, earliest - BEFORE), min(latest, earliest + REACH), size)
    return at, max(at, earliest) + size
