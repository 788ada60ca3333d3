"""Secrets made to be found again: unique per channel, in every part of them.

A canary is random, so that any ten characters of it identify it; it is made from a seed and the
channel's name, so that the master and the test agree on it without handing it over.
"""

from __future__ import annotations

import hashlib
import re
import string
from dataclasses import dataclass, field

_ALPHABET = string.ascii_letters + string.digits
_LINE = 64  # characters, as in a PEM file
_LINES = 24


@dataclass(frozen=True)
class Canary:
    """The secret of one channel; `value` is left out of its ``repr``."""

    channel: str
    value: str = field(repr=False)

    @property
    def secret_name(self) -> str:
        """The name under which a provider holds it; also what stands in its place in a log."""
        return re.sub(r"[^a-z0-9]+", "_", self.channel.lower())

    @property
    def pieces(self) -> list[str]:
        """The lines that are secret in themselves: all but the armour of a key."""
        return [line for line in self.value.splitlines() if not line.startswith("-----")]

    @property
    def digest(self) -> str:
        """SHA-256 of the value, by which a worker can tell that it got the true one."""
        return hashlib.sha256(self.value.encode()).hexdigest()


def plain(channel: str, seed: str) -> Canary:
    """Return a canary of 32 letters and digits, which no shell and no format changes."""
    return Canary(channel, _random(f"{seed}/{channel}", 32))


def spiky(channel: str, seed: str) -> Canary:
    """Return a canary that every quoting, escaping and encoding changes."""
    text = _random(f"{seed}/{channel}", 44)
    return Canary(channel, f"{text[:11]}'\"{text[11:22]}\\$ %41{text[22:33]}&<é>{text[33:]}")


def key(channel: str, seed: str) -> Canary:
    """Return a canary in the form of a private key: 24 lines between its armour, no last line end.

    Files end with one, and providers strip it by default.
    """
    text = _random(f"{seed}/{channel}", _LINE * _LINES)
    lines = [text[start : start + _LINE] for start in range(0, len(text), _LINE)]
    armour = "-----{} OPENSSH PRIVATE KEY-----"
    return Canary(channel, "\n".join([armour.format("BEGIN"), *lines, armour.format("END")]))


def _random(seed: str, length: int) -> str:
    stream = hashlib.shake_256(seed.encode()).digest(length)
    return "".join(_ALPHABET[byte % len(_ALPHABET)] for byte in stream)
