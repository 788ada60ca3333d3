"""A value in an encoding that a program took for another one, or could not write."""

from __future__ import annotations

from collections.abc import Iterator

from buildbot_keychain.redaction.protection import ANYWHERE_LENGTH

from .spellings import Spelling

__all__ = ["misread"]

_MARKED = bytes(range(128)) + b"?" * 128


def misread(value: str) -> Iterator[Spelling]:
    r"""UTF-8 read as Latin-1 or Windows-1252, and what is left of it in ASCII.

    There, a question mark or a replacement character stands for each other character (Java,
    Windows), or for each of its bytes (``ls -q``), or its number (Python's ``stderr``: ``\xe9``).
    """
    if value.isascii():
        return
    data = value.encode("utf-8", "surrogatepass")
    for encoding in ("latin-1", "cp1252"):
        yield Spelling(data.decode(encoding, "replace"), given_only=True)
    yield Spelling(value.encode("ascii", "backslashreplace").decode("ascii"), given_only=True)
    # Of too little that is ASCII, a row of marks would be left.
    if sum(map(str.isalnum, filter(str.isascii, value))) >= ANYWHERE_LENGTH:
        yield Spelling(value.encode("ascii", "replace").decode("ascii"), given_only=True)
        yield Spelling(data.translate(_MARKED).decode("ascii"), given_only=True)
        yield Spelling(data.decode("ascii", "replace"), given_only=True)
