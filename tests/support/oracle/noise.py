"""What stands between the characters of a guess, or around it.

The redactor looks through line ends, colours and backspaces. It must not look through them for a
piece only.
"""

from __future__ import annotations

from collections.abc import Callable

Noise = Callable[[str], str]

CUT = 4095
"""Characters before a worker's cut."""


def _inside(noise: str) -> Noise:
    def dressed(piece: str) -> str:
        half = len(piece) // 2
        return f"{piece[:half]}{noise}{piece[half:]}"

    return dressed


def _between(noise: str) -> Noise:
    return lambda piece: noise.join(piece[at : at + 3] for at in range(0, len(piece), 3))


def _around(before: str, after: str) -> Noise:
    return lambda piece: f"{before}{piece}{after}"


NOISES: tuple[Noise, ...] = (
    _around("", ""),
    _around("(", ")"),
    _around("'", "...'"),
    _around("'...", "'"),
    _around("\u2026", "\u2026"),
    _around("a", "a"),
    _around("=", "=="),
    _around("<own>", "<own>"),
    _around("<target>", "</target>"),
    _around("\x1b[31m", "\x1b[0m"),
    _around("\n", "\n\n"),
    _around("." * 400, ""),
    lambda piece: piece.rjust(CUT, "."),
    lambda piece: f"{piece}\n{piece}",
    lambda piece: f"{piece}{piece}",
    _inside("\x1b[1m"),
    _inside("x\b"),
    _inside("\b"),
    _inside("\n"),
    _inside("\r\n    "),
    _inside("<own>"),
    _inside(" ... "),
    _between("\x1b[0m"),
    _between("\n  "),
    _between("x\b"),
)
