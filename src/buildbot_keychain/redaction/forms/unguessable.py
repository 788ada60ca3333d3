"""Which texts of a secret nobody could have guessed: these are hidden from everybody.

Hiding a text tells whoever printed it that it is a secret. So for readers to whom a secret was not
given, only those of its texts are hidden of which at least `OPEN_BITS` must be guessed: the value
as a whole, a line, a field.

In a text with a structure, such as a database address, the part that makes it so is its *kernel*:
the longest of the other texts that stands in it. What is around it may be known, and so it must not
decide whether the text is looked at more closely (`matching.open_layer`).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from buildbot_keychain.redaction.strength import OPEN_BITS, bits

from .parts import PARTS

if TYPE_CHECKING:
    from buildbot_keychain.redaction.matching.pattern import Pattern

__all__ = ["OpenText", "secret_bits", "unguessable"]


def fields_of(text: str) -> list[str]:
    """Return the fields of a text (str)."""
    return [field for part in PARTS for field in part(text)]


def secret_bits(text: str) -> float:
    """Return a rough estimate of the bits of the secret part of a text (str)."""
    parts = fields_of(text) or text.splitlines()
    return min(map(bits, fields_of(text)), default=max(map(bits, parts), default=0.0))


@dataclass
class OpenText:
    """A text that is hidden from everybody."""

    text: str
    """The value, a line or a field, as it stands."""

    kernel: str
    """The part of it that cannot be guessed; the text itself if it has no structure."""

    aim: float
    """Where in the text the middle of its kernel is, between 0 and 1; 1 if it is all kernel."""

    patterns: list[Pattern] = field(default_factory=list)
    """What is looked for, on single lines."""


def unguessable(texts: Iterable[str]) -> dict[str, OpenText]:
    """Return those of the texts (str) of a secret that cannot be guessed, without patterns yet."""
    strong = [text for text in dict.fromkeys(texts) if secret_bits(text) >= OPEN_BITS]
    kernels = [text for text in strong if not _has_structure(text)]
    kernels.sort(key=len, reverse=True)
    found = {text: OpenText(text, text, 1.0) for text in kernels}
    for text in strong:
        if text not in found:
            kernel = next((kernel for kernel in kernels if kernel in text), None)
            if kernel is not None:
                aim = (text.index(kernel) + len(kernel) / 2) / len(text)
                found[text] = OpenText(text, kernel, aim)
    return found


def _has_structure(text: str) -> bool:
    return "\n" in text or "\r" in text or bool(fields_of(text))
