"""The secrets of a farm: tokens, some documents with a password, and some keys of several lines."""

from __future__ import annotations

import json
import random
import re
import string
from collections.abc import Iterator

from tests.integration.farm.settings import Settings

_LETTERS = string.ascii_letters + string.digits
TOKEN, LINE, LINES = 32, 64, 8

_PIECE = re.compile(rf"(?<![0-9A-Za-z])[0-9A-Za-z]{{{TOKEN}}}(?:[0-9A-Za-z]{{{LINE - TOKEN}}})?")


def name_of(number: int, teams: int) -> str:
    """Return the name of a secret; the team that it belongs to is a part of it."""
    return f"team-{number % teams:03}.s{number:04}"


def value_of(number: int) -> str:
    """Return the value of a secret: the same one each time."""
    chosen = random.Random(number)
    if number % 20 == 7:
        return json.dumps({"user": f"deployer-{number}", "password": _text(chosen, TOKEN)})
    if number % 20 == 13:
        lines = "\n".join(_text(chosen, LINE) for _ in range(LINES))
        return f"-----BEGIN PRIVATE KEY-----\n{lines}\n-----END PRIVATE KEY-----\n"
    return _text(chosen, TOKEN)


def _text(chosen: random.Random, length: int) -> str:
    return "".join(chosen.choices(_LETTERS, k=length))


def is_in_store(number: int) -> bool:
    """Return whether our masters have a secret from the encrypted store, not from a file."""
    return number % 2 == 1


def pieces_in(text: str) -> Iterator[str]:
    """Yield what may be a token, or a line of a key."""
    return (found[0] for found in _PIECE.finditer(text))


def pieces_of(settings: Settings) -> frozenset[str]:
    """Return the tokens, and lines of keys, of all secrets of a farm."""
    return frozenset(
        piece for number in range(settings.secrets) for piece in pieces_in(value_of(number))
    )
