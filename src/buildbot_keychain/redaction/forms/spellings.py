"""What a form yields: the spellings of a value.

A form takes a value (`str`) and yields its spellings. A spelling equal to the value itself, or too
short for the length rule, is dropped later, so a form may yield freely.

Most spellings are plain text. `Spelling` adds what plain text cannot say: hexadecimal digits in
either case, and the characters beside a base64 text that carry bits of the secret.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import NamedTuple

from buildbot_keychain.secretive import secretive

__all__ = ["Form", "Spelling", "text_of"]


@secretive
class Spelling(NamedTuple):
    """One way to write a value."""

    text: str
    """What is looked for."""

    any_case: bool = False
    """Whether the hexadecimal digits of a ``%XX`` may be of either case."""

    wraps: bool = False
    """Whether line ends may stand inside, as in base64 or hexadecimal digits cut into lines."""

    before: str = ""
    """Characters of which one, standing directly before the text, belongs to it."""

    after: int = 0
    """So many base64 or base32 characters, and padding, right behind the text belong to it."""

    given_only: bool = False
    """Whether it is looked for only for readers to whom the secret was given."""

    spaced: bool = False
    """Whether its characters stand in columns, at most 16 of white space between two."""

    base: int = 0
    """The base of the numbers of which it consists, one for each byte: 16, 10 or 8.

    Then what stands beside a short value is judged by its number.
    """

    def __repr__(self) -> str:
        """Return how long it is, and nothing of it."""
        return f"<Spelling of {len(self.text)} characters>"


Form = Callable[[str], Iterable["str | Spelling"]]
"""Takes a value, yields its spellings."""


def text_of(spelling: str | Spelling) -> str:
    """Return what is looked for."""
    return spelling.text if isinstance(spelling, Spelling) else spelling
