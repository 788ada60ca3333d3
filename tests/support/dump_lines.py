"""Lines of dumps, as programs print them with few bytes in each, or sixteen."""

from __future__ import annotations

import re

ROW = 16
"""So many bytes are usual."""


def xxd_lines(data: bytes) -> list[str]:
    """Return the lines that xxd prints of data."""
    return [xxd(at, data[at : at + ROW], ROW) for at in range(0, len(data), ROW)]


def xxd(place: int, data: bytes, size: int) -> str:
    """Return what xxd prints of the data at a place, in a line for data of this size."""
    digits = re.sub("(....)(?=.)", r"\1 ", data.hex())
    return f"{place:08x}: {digits:{2 * size + size // 2}} {_printed(data)}"


def xxd_swapped(place: int, data: bytes, size: int) -> str:
    """Return the same of ``xxd -e -g 2``."""
    pairs = (data[at : at + 2][::-1].hex().rjust(4) for at in range(0, len(data), 2))
    return f"{place:08x}: {' '.join(pairs):{2 * size + size // 2 + 1}} {_printed(data)}"


def hexdump(place: int, data: bytes, size: int) -> str:
    """Return the same of ``hexdump -C``."""
    digits = " ".join(f"{byte:02x}" for byte in data)
    return f"{place:08x}  {digits:{3 * size}}  |{_printed(data)}|"


def od_words(place: int, data: bytes, _size: int) -> str:
    """Return the same of ``od -x``."""
    pairs = (data[at : at + 2][::-1].hex().rjust(4, "0") for at in range(0, len(data), 2))
    return f"{place:07o} {' '.join(pairs)}"


def od_characters(place: int, data: bytes, _size: int) -> str:
    """Return the same of ``od -c``, which has few letters for control characters here."""
    cells = (
        f"   {chr(byte)}" if 0x20 <= byte < 0x7F else "  \\n" if byte == 10 else f" {byte:03o}"
        for byte in data
    )
    return f"{place:07o}{''.join(cells)}"


def _printed(data: bytes) -> str:
    return "".join(chr(byte) if 0x20 <= byte < 0x7F else "." for byte in data)
