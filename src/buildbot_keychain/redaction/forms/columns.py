r"""A value in columns: of dumps that show what is printable, and one character in each cell.

``od -An -c`` prints no offset by which a dump could be told. Node breaks off long lists of bytes.
"""

from __future__ import annotations

from collections.abc import Iterator

from buildbot_keychain.redaction.matching.dump_lines import PRINTED
from buildbot_keychain.redaction.protection import ANYWHERE_LENGTH

from .spellings import Spelling

__all__ = ["cells", "first_bytes", "text_columns"]

LONGEST = 4096
"""Of longer values, in bytes, neither is looked for."""

SHOWN_BY_NODE = 100
"""Elements (util.inspect, maxArrayLength)."""

_SEVEN_BITS = bytes(byte & 0x7F for byte in range(256))
_NAMED = dict(zip(range(7, 14), "abtnvfr", strict=True)) | {0: "0"}


def text_columns(value: str) -> Iterator[Spelling]:
    """With a dot for each byte that is not ASCII (``curl --trace-ascii``), or seven bits of it.

    The latter is what ``od -a`` prints.
    """
    data = value.encode("utf-8", "surrogatepass")
    if value.isascii() or len(data) > LONGEST:
        return
    # Of too little that is printed as it is, a row of dots would be left.
    if sum(map(str.isalnum, filter(str.isascii, value))) < ANYWHERE_LENGTH:
        return
    for table in (PRINTED, _SEVEN_BITS):
        yield Spelling(data.translate(table).decode("ascii"), given_only=True)


def cells(value: str) -> Iterator[Spelling]:
    r"""One character in each cell, as ``od -c`` prints it: ``\t``, and octal for other bytes."""
    data = value.encode("utf-8", "surrogatepass")
    if not ANYWHERE_LENGTH <= len(data) <= LONGEST or "\n" in value or "\r" in value:
        return
    yield Spelling(" ".join(map(_cell, data)), spaced=True, given_only=True)


def first_bytes(value: str) -> Iterator[Spelling]:
    """The bytes of a long value that Node prints of an array: a hundred, in decimal."""
    data = value.encode("utf-8", "surrogatepass")
    if len(data) > SHOWN_BY_NODE:
        yield Spelling(",\n".join(map(str, data[:SHOWN_BY_NODE])), given_only=True)


def _cell(byte: int) -> str:
    if byte in _NAMED:
        return f"\\{_NAMED[byte]}"
    return chr(byte) if 0x20 <= byte < 0x7F else f"{byte:03o}"  # noqa: PLR2004
