"""Ten secrets to attack, and what everybody knows of each of them.

A target is made from a seed: targets of the same name with different seeds differ in nothing but
their secret part. Nothing here prints one.
"""

from __future__ import annotations

import hashlib
import math
import string
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace

LETTERS_AND_DIGITS = string.ascii_letters + string.digits
HEX = string.digits + string.ascii_lowercase[:6]
BASE64 = LETTERS_AND_DIGITS + "+/"

PEM_LINE = 64
"""Characters in a line of a key in PEM (RFC 7468 section 2)."""

WORDS = (
    *("anchor", "butter", "candle", "desert", "engine", "falcon", "garden", "hammer", "island"),
    *("jungle", "kettle", "lagoon", "magnet", "nectar", "orange", "pepper", "quartz", "rocket"),
    *("saddle", "turnip", "umpire", "velvet", "walnut", "xylose", "yonder", "zephyr"),
)
"""What people choose as passwords; one of them is a target."""


@dataclass(frozen=True)
class Target:
    """A secret; `before` and `after` are what everybody knows of its value."""

    name: str
    secret: str = field(repr=False)
    alphabet: str
    before: str = ""
    after: str = ""
    line: int = 0
    """Characters in each line of the secret part, all but the last one; 0 if it is one line."""
    guessable: bool = False
    """Whether somebody could try all of them."""

    @property
    def value(self) -> str:
        return f"{self.before}{self.secret}{self.after}"

    def right_bits(self, piece: str) -> float:
        """Return how many bits of the secret part somebody has guessed who publishes a piece."""
        sizes = range(min(len(piece), len(self.secret)), 0, -1)
        longest = next((size for size in sizes if self._shares(piece, size)), 0)
        return longest * math.log2(len(self.alphabet))

    def _shares(self, piece: str, size: int) -> bool:
        starts = range(len(self.secret) - size + 1)
        return any(self.secret[start : start + size] in piece for start in starts)

    def choices(self, position: int) -> str:
        """Return what could stand at a position of the secret part."""
        if self.line and position % (self.line + 1) == self.line:
            return "\n"
        return self.alphabet


def targets(seed: str) -> list[Target]:
    """Return the ten, with secret parts made from `seed`."""
    return [make(seed) for make in _MAKERS]


def target(name: str, seed: str) -> Target:
    """Return the one of that name."""
    return next(each for each in targets(seed) if each.name == name)


def names() -> list[str]:
    """Return the names of the ten."""
    return [each.name for each in targets("")]


def of_low_entropy(seed: str) -> list[Target]:
    """Return secrets of which all but a short field is known, or all but a few characters."""
    pin = _random(seed, "field", 6, string.digits)
    word = _random(seed, "password", 6, string.ascii_lowercase)
    first = _random("first version", "token", 36)
    return [
        Target(
            "JSON with a number",
            pin,
            string.digits,
            before='{"host": "vault.example.org", "user": "deploy", "pin": "',
            after='"}',
            guessable=True,
        ),
        Target(
            "netrc with a word",
            word,
            string.ascii_lowercase,
            before="machine registry.example.org login deploy password ",
            guessable=True,
        ),
        Target(
            "second version",
            _random(seed, "second version", 4),
            LETTERS_AND_DIGITS,
            before=first,
            guessable=True,
        ),
    ]


def first_version(second: Target) -> str:
    """Return the value that the "second version" was made from, all of which is known."""
    return second.before + "".join(_different(character) for character in second.secret)


def _different(character: str) -> str:
    return "A" if character != "A" else "B"


def differing(one: Target, seed: str, make: Callable[[str], list[Target]] = targets) -> Target:
    """Return the target of the same name with a secret part that differs at every position."""
    other = next(each for each in make(seed) if each.name == one.name)
    changed = "".join(
        theirs if theirs != ours or ours == "\n" else _next(one.alphabet, ours)
        for ours, theirs in zip(one.secret, other.secret, strict=True)
    )
    return replace(other, secret=changed)


def _next(alphabet: str, character: str) -> str:
    return alphabet[(alphabet.index(character) + 1) % len(alphabet)]


def _random(seed: str, name: str, size: int, alphabet: str = LETTERS_AND_DIGITS) -> str:
    digest = hashlib.shake_256(f"{seed}/{name}".encode()).digest(2 * size)
    numbers = (int.from_bytes(digest[at : at + 2], "big") for at in range(0, 2 * size, 2))
    return "".join(alphabet[number % len(alphabet)] for number in numbers)


def _token_26(seed: str) -> Target:
    return Target("token of 26", _random(seed, "26", 26), LETTERS_AND_DIGITS)


def _token_40(seed: str) -> Target:
    return Target("token of 40", _random(seed, "40", 40), LETTERS_AND_DIGITS)


def _hexadecimal(seed: str) -> Target:
    return Target("hex key", _random(seed, "hex", 32, HEX), HEX)


def _base64(seed: str) -> Target:
    return Target("base64 key", _random(seed, "base64", 42, BASE64), BASE64, after="A=")


def _pem(seed: str) -> Target:
    text = _random(seed, "PEM", 3 * PEM_LINE + 24, BASE64)
    return Target(
        "PEM key",
        "\n".join(_pieces(text, PEM_LINE)),
        BASE64,
        before="-----BEGIN PRIVATE KEY-----\n",
        after="\n-----END PRIVATE KEY-----",
        line=PEM_LINE,
    )


def _pieces(text: str, size: int) -> Iterator[str]:
    return (text[at : at + size] for at in range(0, len(text), size))


def _dsn(seed: str) -> Target:
    return Target(
        "DSN",
        _random(seed, "DSN", 16),
        LETTERS_AND_DIGITS,
        before="postgresql://deploy:",
        after="@db.example.org:5432/app",
    )


def _netrc(seed: str) -> Target:
    return Target(
        "netrc",
        _random(seed, "netrc", 16),
        LETTERS_AND_DIGITS,
        before="machine registry.example.org login deploy password ",
    )


def _json(seed: str) -> Target:
    return Target(
        "JSON",
        _random(seed, "JSON", 20),
        LETTERS_AND_DIGITS,
        before='{"url": "https://api.example.org", "client_id": "deploy", "client_secret": "',
        after='"}',
    )


def _pin(seed: str) -> Target:
    return Target("PIN", _random(seed, "PIN", 6, string.digits), string.digits, guessable=True)


def _word(seed: str) -> Target:
    number = int.from_bytes(hashlib.shake_256(seed.encode()).digest(2), "big")
    return Target("word", WORDS[number % len(WORDS)], string.ascii_lowercase, guessable=True)


_MAKERS = (
    _token_26,
    _token_40,
    _hexadecimal,
    _base64,
    _pem,
    _dsn,
    _netrc,
    _json,
    _pin,
    _word,
)
