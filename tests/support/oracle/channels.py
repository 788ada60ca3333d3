"""Where a piece of text is published, and what a reader sees of it.

Here they are the redactor's own methods; `tests.integration.oracle` has those of a master.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import Any, Protocol

from buildbot_keychain.redaction.structures import redact_value

from .attacks import Asked


class Publisher(Protocol):
    """What redacts for an audience: a `Redactor`, or what `Redactor.seen_by` returns."""

    def redact(self, text: str) -> str: ...

    def redact_bytes(self, data: bytes) -> bytes: ...

    def find(self, text: str) -> Sequence[Any]: ...

    def stream(self) -> Any: ...

    def redact_torn(self, line: str, *, at_start: int = 0, at_end: int = 0) -> str: ...


Channel = Callable[[Publisher, list[str]], list[str]]
"""Returns what a reader sees of each piece."""

_LABEL = re.compile("<[^<>\n]+>")
_FILLER = "................"
_BETWEEN = "\n|\n"


def whole(publisher: Publisher, pieces: list[str]) -> list[str]:
    """Each is a text of its own: a name, a state, a property."""
    return [publisher.redact(piece) for piece in pieces]


def in_a_sentence(publisher: Publisher, pieces: list[str]) -> list[str]:
    return [publisher.redact(f"It is {piece} here.") for piece in pieces]


def listed(publisher: Publisher, pieces: list[str]) -> list[str]:
    """All in one text."""
    seen = publisher.redact(_BETWEEN.join((*pieces, ""))).split(_BETWEEN)[:-1]
    # Where something reached from one piece into another, it cannot be said which is which.
    return seen if len(seen) == len(pieces) else ["".join(seen)] * len(pieces)


def before_a_cut(publisher: Publisher, pieces: list[str]) -> list[str]:
    """At the end of a line that a worker cut."""
    return [publisher.redact_torn(_FILLER + piece, at_end=4) for piece in pieces]


def after_a_cut(publisher: Publisher, pieces: list[str]) -> list[str]:
    return [publisher.redact_torn(piece + _FILLER, at_start=4) for piece in pieces]


def after_an_empty_line(publisher: Publisher, pieces: list[str]) -> list[str]:
    return [publisher.redact_torn(piece + _FILLER, at_start=8) for piece in pieces]


def at_once(publisher: Publisher, pieces: list[str]) -> list[str]:
    """What leaves of a line before the next one comes."""
    return [publisher.stream().feed(f"{piece}\n") for piece in pieces]


def in_one_stream(publisher: Publisher, pieces: list[str]) -> list[str]:
    """What has left with each line, one after the other, and at the end."""
    stream = publisher.stream()
    return [*(stream.feed(f"{piece}\n") for piece in pieces), stream.close()]


def by_character(publisher: Publisher, pieces: list[str]) -> list[str]:
    """When each character leaves."""
    seen = []
    for piece in pieces:
        stream = publisher.stream()
        seen.append("|".join([*map(stream.feed, piece), stream.close()]))
    return seen


def as_bytes(publisher: Publisher, pieces: list[str]) -> list[str]:
    return [
        publisher.redact_bytes(piece.encode("utf-8", "surrogatepass")).decode("utf-8", "replace")
        for piece in pieces
    ]


def as_data(publisher: Publisher, pieces: list[str]) -> list[str]:
    """As keys and values of what Buildbot stores as JSON."""
    seen = []
    for piece in pieces:
        data = piece.encode("utf-8", "replace")
        value = {piece: [piece, (piece,), {"key": piece}], "bytes": data}
        seen.append(repr(redact_value(publisher, value, numbers=True)))
    return seen


def as_number(publisher: Publisher, pieces: list[str]) -> list[str]:
    """As a number, where it is one."""
    return [
        str(redact_value(publisher, int(piece), numbers=True))
        if piece.isascii() and piece.isdigit()
        else piece
        for piece in pieces
    ]


def places(publisher: Publisher, pieces: list[str]) -> list[str]:
    return [repr(publisher.find(piece)) for piece in pieces]


CHANNELS: tuple[Channel, ...] = (
    whole,
    in_a_sentence,
    listed,
    before_a_cut,
    after_a_cut,
    after_an_empty_line,
    at_once,
    in_one_stream,
    by_character,
    as_bytes,
    as_data,
    as_number,
    places,
)


def asking(channel: Channel, publisher: Publisher) -> Asked:
    """Return what tells an attack which of its pieces were hidden as a whole, or held back."""

    def ask(pieces: list[str]) -> list[bool]:
        seen = channel(publisher, [*pieces, ""])
        nothing = {"", seen[len(pieces)]}
        return [_LABEL.sub("", text) in nothing for text in seen[: len(pieces)]]

    return ask
