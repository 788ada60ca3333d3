"""The lines of a key ring's file, read strictly. Pure, and knows no key.

A file is read only if it is, byte by byte, what is written for the same content. Errors name a
line by its number, as it may hold a key.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from buildbot_keychain.errors import KeyRingError

MAX_SIZE = 1 << 20
"""Bytes of a file."""

_FIRST = "buildbot-keychain ring 1"
_OTHER_VERSION = re.compile(rb"buildbot-keychain ring [0-9]+\n")
_STORE = re.compile(r"store ([0-9a-f]{32})")
_WRAP = re.compile(r"wrap ([a-z]{1,20}) ([!-~]{1,200}) ((?:[0-9a-f]{2})+)")
_KEY = re.compile(r"key ([0-9a-f]{16}) (added|retired) (0|[1-9][0-9]{0,18}) ((?:[0-9a-f]{2})+)")
_CHECK = re.compile(r"check ([0-9a-f]{64})")

_REMEDY = "restore it from its backup"


@dataclass(frozen=True)
class Wrap:
    """The ring key, wrapped for one person or machine.

    :param kind: what opens it, such as ``passphrase``.
    :param label: whose it is: ASCII, without blanks.
    """

    kind: str
    label: str
    wrapped: bytes = field(repr=False)


@dataclass(frozen=True)
class KeyLine:
    """A key, or the box that it is in."""

    id: bytes
    state: str
    created: int
    content: bytes = field(repr=False)


@dataclass(frozen=True)
class RingText:
    """What a file says, before anything of it is verified."""

    store_id: bytes
    wraps: tuple[Wrap, ...]
    keys: tuple[KeyLine, ...]

    def body(self) -> bytes:
        """Return the lines that the MAC is over.

        :raise KeyRingError: when a label of a wrap cannot be written.
        """
        lines = [_FIRST, f"store {self.store_id.hex()}"]
        for wrap in self.wraps:
            line = f"wrap {wrap.kind} {wrap.label} {wrap.wrapped.hex()}"
            if not _WRAP.fullmatch(line):
                msg = f"a label such as {wrap.label!r} must be 1 to 200 ASCII characters, no blanks"
                raise KeyRingError(msg)
            lines.append(line)
        lines += [
            f"key {key.id.hex()} {key.state} {key.created} {key.content.hex()}" for key in self.keys
        ]
        return "".join(f"{line}\n" for line in lines).encode("ascii")

    def signed(self, mac: bytes) -> bytes:
        """Return the whole file."""
        return self.body() + f"check {mac.hex()}\n".encode("ascii")


def parse(content: bytes) -> tuple[RingText, bytes]:
    """Return what a file says, and its MAC, which is not verified here.

    :raise KeyRingError: when it has another form; the message is the end of a sentence.
    """
    if not content.startswith(f"{_FIRST}\n".encode("ascii")):
        if _OTHER_VERSION.match(content):
            raise KeyRingError("is of a later version of buildbot-keychain; update it")
        msg = f"is not a key ring of buildbot-keychain; {_REMEDY}"
        raise KeyRingError(msg)
    lines = [*content.decode("ascii", "replace").split("\n"), ""]
    store = _matched(_STORE, lines, 1)
    wraps: list[Wrap] = []
    keys: list[KeyLine] = []
    at = 2
    while lines[at].startswith("wrap "):
        kind, label, wrapped = _matched(_WRAP, lines, at).groups()
        wraps.append(Wrap(kind, label, bytes.fromhex(wrapped)))
        at += 1
    while lines[at].startswith("key ") or not keys:
        kid, state, created, key = _matched(_KEY, lines, at).groups()
        keys.append(KeyLine(bytes.fromhex(kid), state, int(created), bytes.fromhex(key)))
        at += 1
    check = _matched(_CHECK, lines, at)
    if lines[at + 1 :] != ["", ""]:
        raise _damaged(at + 1)
    if len({key.id for key in keys}) < len(keys):
        msg = f"has a key twice; {_REMEDY}"
        raise KeyRingError(msg)
    text = RingText(bytes.fromhex(store[1]), tuple(wraps), tuple(keys))
    mac = bytes.fromhex(check[1])
    if text.signed(mac) != content:
        raise _damaged(at)
    return text, mac


def _matched(pattern: re.Pattern[str], lines: list[str], at: int) -> re.Match[str]:
    matched = pattern.fullmatch(lines[at]) if at < len(lines) else None
    if matched is None:
        raise _damaged(at)
    return matched


def _damaged(at: int) -> KeyRingError:
    return KeyRingError(f"is damaged in its line {at + 1}; {_REMEDY}")
