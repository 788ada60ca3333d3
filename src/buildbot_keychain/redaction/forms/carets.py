r"""A value of which the bytes that are not ASCII, or not printable, are written with carets."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

__all__ = ["caret_notation"]

_MARKED = re.compile(rb"[^ -~]")
_NAMED_BY_ZSH = {9: r"\t", 10: r"\n"}


def caret_notation(value: str) -> Iterator[str]:
    r"""``M-C^A``, as ``cat -v`` and ``cat -A`` write it, and zsh in the C locale with ``\M-C\C-A``.

    Line ends stay, but for zsh, as do tabs for ``cat -v``.
    """
    data = value.encode("utf-8", "surrogatepass")
    if not _MARKED.search(data):
        return
    yield _replaced(data, lambda byte: "\n" if byte == ord("\n") else _cat(byte))
    if b"\t" in data:
        yield _replaced(data, lambda byte: chr(byte) if byte in b"\n\t" else _cat(byte))
    yield _replaced(data, lambda byte: _NAMED_BY_ZSH.get(byte) or _zsh(byte, "^"))
    quoted = data.replace(b"\\", rb"\\").replace(b"'", rb"\'")
    yield _replaced(quoted, lambda byte: _NAMED_BY_ZSH.get(byte) or _zsh(byte, r"\C-"))


def _replaced(data: bytes, write: Callable[[int], str]) -> str:
    return _MARKED.sub(lambda match: write(match[0][0]).encode("utf-8"), data).decode("utf-8")


def _cat(byte: int) -> str:
    return ("M-" if byte >= 0x80 else "") + _control(byte & 0x7F, "^")  # noqa: PLR2004


def _zsh(byte: int, control: str) -> str:
    return (r"\M-" if byte >= 0x80 else "") + _control(byte & 0x7F, control)  # noqa: PLR2004


def _control(byte: int, before: str) -> str:
    return chr(byte) if 0x20 <= byte < 0x7F else before + chr(byte ^ 0x40)  # noqa: PLR2004
