"""What an attacker could publish: pieces of a secret, all right but for a character, as spelled.

Encoders are the standard library's, so that nothing here depends on what the redactor knows.
"""

from __future__ import annotations

import base64
import json
import shlex
from collections.abc import Callable, Iterator
from html import escape
from urllib.parse import quote

from tests.support.dump_lines import xxd_lines

from .targets import Target

Spell = Callable[[str], str]


def raw(text: str) -> str:
    return text


def in_json(text: str) -> str:
    return json.dumps(text)[1:-1]


def in_hex(text: str) -> str:
    return text.encode().hex()


def percent(text: str) -> str:
    return "".join(f"%{byte:02X}" for byte in text.encode())


def _base64_at(offset: int) -> Spell:
    def spell(text: str) -> str:
        """Return the characters that the text alone decides."""
        data = text.encode()
        encoded = base64.b64encode(b"\0" * offset + data).decode("ascii")
        return encoded[-(-offset * 8 // 6) : (offset + len(data)) * 8 // 6]

    return spell


def _url_safe(text: str) -> str:
    return base64.urlsafe_b64encode(text.encode()).decode("ascii").rstrip("=")


def _xxd(text: str) -> str:
    return "\n".join(xxd_lines(text.encode()))


ONE_TO_ONE: tuple[Spell, ...] = (
    raw,
    in_json,
    lambda text: json.dumps(json.dumps(text))[2:-2],
    lambda text: repr(text)[1:-1],
    in_hex,
    lambda text: in_hex(text).upper(),
    percent,
    lambda text: percent(text).lower(),
    lambda text: quote(text, safe=""),
    escape,
    shlex.quote,
    lambda text: "".join(f"\\{character}" for character in text),
    lambda text: "".join(f"\\x{byte:02x}" for byte in text.encode()),
    lambda text: ", ".join(str(byte) for byte in text.encode()),
    lambda text: " ".join(f"{byte:02x}" for byte in text.encode()),
    "\0".join,
    _xxd,
)
"""Spellings in which each character of the text has its own place."""

ACROSS: tuple[Spell, ...] = (
    _base64_at(0),
    _base64_at(1),
    _base64_at(2),
    _url_safe,
    lambda text: base64.b64encode(text.encode()).hex(),
    lambda text: base64.b64encode(json.dumps({"auth": text}).encode()).decode("ascii"),
)
"""Spellings in which a character of the outcome says something about two of the text."""


def guesses(target: Target) -> Iterator[str]:
    """Yield what somebody could publish who has not got all of a target."""
    for spells, missing in ((ONE_TO_ONE, 1), (ACROSS, 2)):
        for piece in dict.fromkeys(right_pieces(target, missing)):
            for spell in spells:
                yield spell(piece)


def right_pieces(target: Target, missing: int = 1) -> Iterator[str]:
    """Yield pieces of the value of a target; of a line, `missing` characters are not right.

    What could be guessed as a whole is among them as a whole, with all that is known around it.
    """
    before, after, secret = target.before, target.after, target.secret
    if target.guessable:
        yield secret
        yield target.value
    lines = secret.split("\n")
    for number in dict.fromkeys((0, len(lines) - 1)):
        line = lines[number]
        first, last = not number, number + 1 == len(lines)
        for size in _sizes(len(line) - missing):
            beginning, end = line[:size], line[len(line) - size :]
            yield beginning
            yield end
            if first:
                yield before + beginning
            if last:
                yield end + after
        yield from _mistaken(target, line, missing)
    if len(lines) == 1:
        for wrong in _mistaken(target, secret, missing):
            yield f"{before}{wrong}{after}"
            yield f"{before}{wrong}"
    # What everybody knows.
    yield before
    yield after
    yield f"{before}{after}"


def _sizes(largest: int) -> list[int]:
    sizes = {*range(1, 11), 12, 16, 20, 24, 32, largest // 2, largest - 1, largest}
    return sorted(size for size in sizes if 0 < size <= largest)


def _mistaken(target: Target, line: str, missing: int) -> Iterator[str]:
    """Yield a line with some characters next to each other wrong: the first, the last, others."""
    size = len(line)
    for at in {0, 1, size // 2, size - missing - 1, size - missing}:
        if 0 <= at <= size - missing:
            yield "".join(
                _wrong(target.alphabet, character) if at <= index < at + missing else character
                for index, character in enumerate(line)
            )


def _wrong(alphabet: str, character: str) -> str:
    return alphabet[(alphabet.index(character) + len(alphabet) // 2) % len(alphabet)]
