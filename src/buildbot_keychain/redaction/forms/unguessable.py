"""Which texts of a secret nobody could have guessed: these are hidden from everybody.

Hiding a text tells whoever printed it that it is a secret. So for readers to whom a secret was not
given, only those of its texts are hidden of which at least `OPEN_BITS` must be guessed: the value
as a whole, a line, a field.

In a text with a structure, such as a database address, the part that makes it so is its *kernel*:
the longest of the other texts that stands in it. What is around it may be known, and so it must not
decide whether the text is looked at more closely (`matching.open_layer`). If what makes a text so
stands in it encoded, as in the Base64 of user and password, the text is its own kernel.

A line of a private key is judged by its longest run that does not follow from the public key, which
is its kernel.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from buildbot_keychain.redaction.fields import fields_of, secret_bits, secret_in_lines
from buildbot_keychain.redaction.strength import BITS_OF_A_CHARACTER, OPEN_BITS
from buildbot_keychain.secretive import secretive

if TYPE_CHECKING:
    from buildbot_keychain.redaction.matching.pattern import Pattern

__all__ = ["OpenText", "unguessable"]

_LINE_END = re.compile("[\r\n]")


@secretive
@dataclass(repr=False)
class OpenText:
    """A text that is hidden from everybody."""

    text: str
    """The value, a line or a field, as it stands."""

    kernel: str
    """The part of it that cannot be guessed; the text itself if it has no structure."""

    start: float
    end: float
    """Between which parts of its length, from 0 to 1, is what cannot be guessed."""

    patterns: list[Pattern] = field(default_factory=list)
    """What is looked for, on single lines."""


def unguessable(texts: Iterable[str]) -> dict[str, OpenText]:
    """Return those of the texts (str) of a secret that cannot be guessed, without patterns yet."""
    texts = list(dict.fromkeys(texts))
    of_keys = {line: run for text in texts for line, run in secret_in_lines(text).items()}
    found: dict[str, OpenText] = {}
    structured: list[tuple[str, float, Iterable[str]]] = []
    for text in texts:
        start, end = of_keys.get(text, (0, len(text)))
        partly = end - start < len(text)
        fields = () if partly else fields_of(text)
        size = BITS_OF_A_CHARACTER * (end - start) if partly else secret_bits(text, fields)
        if size < OPEN_BITS:
            continue
        if partly:
            found[text] = _with_kernel(text, text[start:end])
        elif fields or _LINE_END.search(text):
            wholes = (*(field.text for field in fields), text)
            lines = (line for each in wholes for line in (each, *each.splitlines()))
            structured.append((text, size, dict.fromkeys(map(str.strip, lines))))
        else:
            found[text] = _all_kernel(text, size)
    for text, size, parts in sorted(structured, key=lambda each: len(each[0])):
        kernels = {found[part].kernel: None for part in parts if part in found}
        by_length = sorted(kernels, key=len, reverse=True)
        kernel = next((each for each in by_length if each in text), "")
        if kernel:
            found[text] = _with_kernel(text, kernel)
        elif not _LINE_END.search(text):
            found[text] = _all_kernel(text, size)
    return found


def _with_kernel(text: str, kernel: str) -> OpenText:
    at = text.index(kernel)
    return OpenText(text, kernel, at / len(text), (at + len(kernel)) / len(text))


def _all_kernel(text: str, size: float) -> OpenText:
    # What tokens of a kind share is at the start.
    secret = min(1.0, size / BITS_OF_A_CHARACTER / len(text))
    return OpenText(text, text, 1.0 - secret, 1.0)
