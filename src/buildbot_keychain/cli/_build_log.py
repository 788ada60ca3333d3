"""`redact`: hides secrets in a log of a step as a person downloads it from Buildbot.

A log is cut into lines of 4,096 characters, mixes the streams of a program, and comes in one of
these forms (Buildbot's ``data/logchunks.py``):

- text, from the button of the page and ``/api/v2/logs/N/raw``: lines of all streams in their order,
  after three lines about the build;
- JSON, from ``/api/v2/logs/N/contents``: if the log has streams, each line of ``content`` begins
  with the letter of its stream, ``o``, ``e`` or ``h``;
- the ``content`` alone.

Nothing says whether lines have letters. Where all of them may, each stream is redacted as a text of
its own, and then the whole as if they had none. Lines stay where they are.
"""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from typing import Any

from buildbot_keychain.cli._line_stream import LineStream
from buildbot_keychain.redaction import Audience
from buildbot_keychain.redaction.structures import redact_value

_LETTERS = frozenset(b"oeh")
_CHUNKS = "logchunks"


def redact(data: bytes, audience: Audience, hidden: Counter[str]) -> bytes:
    """Return a whole log redacted, in the form in which it is.

    :param hidden: how often which secret was hidden is added to it.
    """
    tree = _contents(data)
    if tree is None:
        return _redact_text(data, audience, hidden)
    for chunk in tree[_CHUNKS]:
        text = chunk["content"].encode("utf-8", "surrogatepass")
        chunk["content"] = _redact_text(text, audience, hidden).decode("utf-8", "surrogatepass")
    redacted = json.dumps(redact_value(audience, tree, numbers=True), separators=(",", ":"))
    return redacted.encode("ascii") + (b"\n" if data.endswith(b"\n") else b"")


def _contents(data: bytes) -> dict[str, Any] | None:
    """Return the answer of the REST API, or ``None`` if it is something else."""
    if data[:64].lstrip()[:1] != b"{":
        return None
    try:
        tree = json.loads(data)
    except ValueError:
        return None
    chunks = tree.get(_CHUNKS)
    if not isinstance(chunks, list) or not all(map(_is_chunk, chunks)):
        return None
    return dict(tree)


def _is_chunk(chunk: object) -> bool:
    return isinstance(chunk, dict) and isinstance(chunk.get("content"), str)


def _redact_text(text: bytes, audience: Audience, hidden: Counter[str]) -> bytes:
    end = b"\n" if text.endswith(b"\n") else b""
    lines = text.removesuffix(b"\n").split(b"\n")
    if all(line[:1] and line[0] in _LETTERS for line in lines):
        streams: dict[bytes, list[int]] = defaultdict(list)
        for number, line in enumerate(lines):
            streams[line[:1]].append(number)
        for letter, numbers in streams.items():
            _redact_lines(lines, numbers, letter, audience, hidden)
    _redact_lines(lines, list(range(len(lines))), b"", audience, hidden)
    return b"\n".join(lines) + end


def _redact_lines(
    lines: list[bytes],
    numbers: list[int],
    letter: bytes,
    audience: Audience,
    hidden: Counter[str],
) -> None:
    """Redact those of `lines` in place that have the given numbers and begin with `letter`."""

    def count(name: str, _number: int) -> None:
        hidden[name] += 1

    stream: LineStream[int] = LineStream(audience, count, with_cuts=True)
    texts = [lines[number][len(letter) :] for number in numbers]
    changed = stream.feed(texts, lambda index: numbers[index]) + stream.close()
    for number, line in changed:
        lines[number] = letter + line
