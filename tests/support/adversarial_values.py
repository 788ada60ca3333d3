"""Secrets that are hard to look for: families of values, by name.

A family returns its own values, which go first; whoever asks for more adds ordinary ones.
"""

from __future__ import annotations

import base64
import json
import random
import string
from collections.abc import Callable, Sequence

__all__ = ["VALUES", "ordinary", "values_of"]

Family = Callable[[random.Random], list[str]]

KIB = 1024
_LETTERS = string.ascii_letters + string.digits


def _token(source: random.Random, size: int) -> str:
    return "".join(source.choices(_LETTERS, k=size))


def ordinary(count: int, seed: int = 3) -> list[str]:
    """Return secrets of the kinds that masters have; one in twelve is a PEM key."""
    source = random.Random(seed)
    return [_ordinary(source, index) for index in range(count)]


def _ordinary(source: random.Random, index: int) -> str:
    if index % 12 == 11:
        return _pem(source, 1200)
    if index % 3 == 0:
        return "ghp_" + _token(source, 36)
    if index % 3 == 1:
        return source.randbytes(20).hex()
    return f"postgres://app{index}:{_token(source, 20)}@db{index}.example.org/prod"


def _pem(source: random.Random, size: int) -> str:
    key = base64.b64encode(source.randbytes(size)).decode()
    lines = "\n".join(key[at : at + 64] for at in range(0, len(key), 64))
    return f"-----BEGIN PRIVATE KEY-----\n{lines}\n-----END PRIVATE KEY-----\n"


def _special(source: random.Random, size: int) -> str:
    return "".join(source.choices("!@#$%^&*()\\\"'`{}[]|;:<>?,./~ ", k=size)).strip()


def _json(source: random.Random) -> str:
    fields = {f"key{each}": _token(source, 24) for each in range(12)}
    return json.dumps({"type": "service", "private_key": _pem(source, 600), **fields}, indent=2)


def _accented(source: random.Random, size: int) -> str:
    return "".join(source.choices("äöüéèñçàABCabc123", k=size))


VALUES: dict[str, Family] = {
    "ordinary": lambda _: [],
    "one token": lambda source: ["ghp_" + _token(source, 36)],
    "short": lambda source: [_token(source, 4 + each % 4) for each in range(12)],
    "pins": lambda source: [f"{source.randrange(10**6):06d}" for _ in range(12)],
    "eight bytes": lambda source: [_token(source, 8) for _ in range(12)],
    "a line of 64 KiB": lambda source: [source.randbytes(32 * KIB).hex()],
    "a token of 60,000": lambda source: [_token(source, 60_000)],
    "a key of 64 KiB": lambda source: [_pem(source, 48 * KIB)],
    "a key of 256 KiB": lambda source: [_pem(source, 192 * KIB)],
    "one byte": lambda _: ["a" * 8, "a" * 100, "a" * 5000],
    "two bytes": lambda _: ["ab" * 8, "ab" * 300, "ab" * 20_000],
    "two bytes and an end": lambda _: ["ab" * 300 + "X", "X" + "ab" * 300, "ab" * 9000 + "X"],
    "two bytes and special ends": lambda _: ["ab" * 9000 + "\"'&$% \\\\\u00fc"],
    "periodic, and a word": lambda _: ["a1b2", "a" * 5000, "ab" * 20_000],
    "labels, periodic": lambda _: ["<a>" * 2000, "<s0>" * 2000],
    "Fibonacci's words": lambda _: [_fibonacci(size) for size in (12, 40, 500, 20_000)],
    "other case": lambda _: ["aA" * 40, "aAA" * 200, "aaaaaaaB" * 40],
    "a long period": lambda source: [_token(source, 1000) * 50],
    "blanks between": lambda _: ["a b c d e f g h", "ab " * 200, "a  " * 50 + "z"],
    "equal lines": lambda _: ["abcdefgh12345678\n" * 3000 + "end"],
    "lines alike": lambda _: ["".join(f"abcdefghijkl-{n:04d}-tail-tail\n" for n in range(300))],
    "short lines": lambda source: ["\n".join(_token(source, 9) for _ in range(800))],
    "lines of special characters": lambda source: [
        "\n".join(_special(source, 8) for _ in range(1500))
    ],
    "many forms": lambda source: [
        "\n".join(_special(source, 8) for _ in range(300)) for _ in range(16)
    ],
    "special characters": lambda source: [_special(source, size) for size in (12, 30, 200, 4000)],
    "backslashes": lambda _: ["\\" * 9, "\\n" * 40, '\\"' * 300],
    "percent signs": lambda _: ["%" * 9, "%25" * 40, "%2f%2F" * 300],
    "angle brackets": lambda _: ["<<<<<<<<a", "<s0><s1>x", "a>b>c>d>e>f>", "<secret>" * 4 + "!"],
    "dots": lambda source: ["........", "a...b...c...d...", "." * 40 + _token(source, 20)],
    "zeros": lambda _: ["00000000", "0000:00000", "00000000: 0000 0000 0000"],
    "key": lambda source: [_pem(source, 1200) for _ in range(8)],
    "addresses": lambda source: [
        f"postgres://app:{_token(source, 20)}@db{each}.example.org/prod" for each in range(12)
    ],
    "json": lambda source: [_json(source) for _ in range(4)],
    "base64": lambda source: [
        base64.b64encode(source.randbytes(size)).decode() for size in (12, 31, 300, 3000)
    ],
    "one beginning": lambda _: [f"{'x' * 40}{each:04d}" for each in range(60)],
    "one end": lambda _: [f"{each:04d}{'x' * 40}" for each in range(60)],
    "nested": lambda _: ["ab" * 8 + "c" * each for each in range(100)],
    "prefixes": lambda source: _prefixes(_token(source, 240)),
    "accents": lambda source: [_accented(source, size) for size in (8, 30, 600)],
    "chinese": lambda source: [
        "".join(chr(source.randint(0x4E00, 0x9FFF)) for _ in range(size)) for size in (4, 30, 600)
    ],
    "passphrases": lambda source: [
        " ".join(source.choices(("correct", "horse", "battery", "staple", "blue"), k=6))
        for _ in range(12)
    ],
}


def _fibonacci(size: int) -> str:
    """Return the beginning of the word that is nearly everywhere like what stands before."""
    before, word = "b", "a"
    while len(word) < size:
        before, word = word, word + before
    return word[:size]


def _prefixes(text: str) -> list[str]:
    return [text[:size] for size in range(8, len(text), 3)]


def values_of(family: str, count: int) -> Sequence[str]:
    """Return the values of a family, with ordinary ones as many as `count`."""
    own = list(dict.fromkeys(VALUES[family](random.Random(11))))
    return [*own, *ordinary(max(0, count - len(own)))]
