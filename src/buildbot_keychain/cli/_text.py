"""What others have written, such as descriptions and actors, as a terminal may be shown it."""

from __future__ import annotations

import enum
import os
import sys


class Colour(enum.Enum):
    """SGR parameters of ECMA-48."""

    WARNING = "33"
    PROBLEM = "31"
    FAINT = "2"


def printable(text: str) -> str:
    """Return a text on one line, without what moves a cursor or changes a terminal."""
    return "".join(one if one.isprintable() else _escaped(one) for one in text)


def coloured(text: str, colour: Colour | None) -> str:
    """Return a text in a colour, if standard output is a terminal that may have one.

    See https://no-color.org for ``NO_COLOR``.
    """
    if colour is None or not _has_colours():
        return text
    return f"\x1b[{colour.value}m{text}\x1b[0m"


def _has_colours() -> bool:
    if os.environ.get("NO_COLOR") or os.environ.get("TERM") == "dumb":
        return False
    return sys.stdout is not None and sys.stdout.isatty()


def _escaped(character: str) -> str:
    return character.encode("unicode_escape").decode("ascii")


def counted(number: int, noun: str) -> str:
    """Return how many there are of something."""
    return f"{number:,} {noun}" if number == 1 else f"{number:,} {noun}s"
