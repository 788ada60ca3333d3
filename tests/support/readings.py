r"""Read a text in every way in which a person or a program can: decode it until nothing is new.

A search for secrets that knows nothing of the forms that redaction looks for. It goes the other
way: it undoes escapes, decodes what may be base64, hexadecimal digits or lists of bytes at every
offset, puts together what was wrapped or printed in columns, and repeats that with the results. In
all of them it looks for letters and digits of a secret alone, so that quotes, backslashes, blanks
and line ends make no difference.

Pure: no files, no clock. What is found is named by the readings that led there, never shown.
"""

from __future__ import annotations

import base64
import html
import re
import unicodedata
from collections.abc import Callable, Iterable, Iterator
from urllib.parse import unquote

WINDOW = 8
"""So many letters and digits of a random secret in a row are not there by accident."""

DEPTH = 3
"""So many decodings are done one after the other."""

MOST = 400
"""So many readings of a text are looked at."""


class Search:
    """Finds parts of secrets in texts. Each piece of a secret needs `WINDOW` letters or digits."""

    def __init__(self, pieces: Iterable[str]) -> None:
        self._windows: set[str] = set()
        for piece in pieces:
            text = letters(piece)
            if len(text) < WINDOW:
                raise ValueError("a piece of a secret has too few letters and digits to be found")
            self._windows.update(_windows(text))

    def reading(self, text: str) -> str | None:
        """Return the name of the first reading of a text that shows a piece, or None."""
        for name, read in readings(text):
            if not self._windows.isdisjoint(_windows(letters(read))):
                return name
        return None


def letters(text: str) -> str:
    """Return the letters and digits of a text (str), without accents."""
    if text.isascii():
        return _NOT_ALPHANUMERIC.sub("", text)
    return "".join(filter(str.isalnum, unicodedata.normalize("NFKD", text)))


_NOT_ALPHANUMERIC = re.compile("[^0-9A-Za-z]+")


def _windows(text: str) -> Iterator[str]:
    return (text[at : at + WINDOW] for at in range(len(text) - WINDOW + 1))


def readings(text: str, depth: int = DEPTH) -> Iterator[tuple[str, str]]:
    """Yield a text and what it decodes to, with the names of the decoders, fewest first."""
    seen = {text}
    nearest = [("as it is", text)]
    yield nearest[0]
    for _ in range(depth):
        next_ones = []
        for name, read in nearest:
            for decoder, decode in DECODERS.items():
                decoded = decode(read)
                if decoded in seen or not decoded:
                    continue
                seen.add(decoded)
                next_ones.append((decoder if read is text else f"{name}, {decoder}", decoded))
                yield next_ones[-1]
                if len(seen) > MOST:
                    return
        nearest = next_ones


# ------------------------------------------------------------------------------------- terminals

# ECMA-48: control sequences, control strings, other escape sequences; SO and SI.
_CONTROL = re.compile(
    "(?:\x1b\\[|\x9b)[0-?]*[ -/]*[@-~]"
    "|\x1b[\\]PX^_][^\x07\x1b]*(?:\x07|\x1b\\\\)|\x1b[ -/]*[0-~]|[\x0e\x0f]"
)
_BACKSPACED = re.compile("[^\x08]\x08")


def seen_on_terminal(text: str) -> str:
    """Return what a person sees: no control sequences, backspaces done."""
    text = _CONTROL.sub("", text)
    while "\x08" in text:
        shorter = _BACKSPACED.sub("", text)
        text = shorter if shorter != text else text.replace("\x08", "")
    return text


# --------------------------------------------------------------------------------------- escapes

_ESCAPE = re.compile(
    r"\\(?:x([0-9a-fA-F]{2})|[xu]\{([0-9a-fA-F]{1,6})\}|u([0-9a-fA-F]{4})|U([0-9a-fA-F]{8})"
    r"|(0?[0-7]{3})|([0abefnrtvE])|(.))",
    re.DOTALL,
)
_HIGH_BYTES = re.compile("[\x80-\xff]{2,}")


def unescaped(text: str) -> str:
    """Return a text with the backslash escapes of JSON, Python, C, shells and others undone."""
    return _joined_utf8(_ESCAPE.sub(_unescape_one, text)) if "\\" in text else text


def _unescape_one(match: re.Match[str]) -> str:
    byte, braces, unit, long, octal, control, character = match.groups()
    if control:
        return " "
    if character:
        return character.strip("\n")
    code = int(octal, 8) if octal else int(byte or braces or unit or long, 16)
    return chr(code) if code < 0x110000 else " "


def _joined_utf8(text: str) -> str:
    """Return a text with halves of surrogate pairs and bytes of UTF-8 put together."""
    text = text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    return _HIGH_BYTES.sub(
        lambda match: match[0].encode("latin-1").decode("utf-8", "ignore") or match[0], text
    )


# ----------------------------------------------------------------------------------------- bytes

_DIGITS = re.compile(r"(?:(?:\\x|0x)?[0-9a-fA-F]+[\s:,]*){3,}")
_NO_DIGITS = re.compile(r"\\x|0x|[^0-9a-fA-F]")
_STANDARD = str.maketrans("-_", "+/")
_BASE64 = re.compile(r"[A-Za-z0-9+/_-]{11,}")
_NUMBERS = re.compile(r"(?:\b\d{1,3}\b[\s,;\[\](){}]*){8,}")
_OCTAL = re.compile(r"(?:\b[0-3][0-7]{2}\b\s*){8,}")


def _hexadecimal(text: str) -> str:
    """Decode digits in groups of any size, at either alignment."""
    return "\n".join(
        _readable(bytes.fromhex(digits[start : len(digits) - (len(digits) - start) % 2]))
        for match in _DIGITS.finditer(text)
        if len(digits := _NO_DIGITS.sub("", match[0])) >= 2 * WINDOW
        for start in (0, 1)
    )


def _base64(text: str) -> str:
    """Decode each run of base64 or base64url at each of the four alignments."""
    return "\n".join(
        _readable(base64.b64decode(digits + "=" * (-len(digits) % 4)))
        for match in _BASE64.finditer(text)
        for start in range(4)
        # One digit alone is less than a byte.
        if (digits := match[0][start:].translate(_STANDARD)) and len(digits) % 4 != 1
    )


def _numbers(text: str) -> str:
    """Decode lists of bytes, in decimal or in octal digits."""
    lists = [
        *(
            [int(number) for number in re.findall(r"\d+", one[0])]
            for one in _NUMBERS.finditer(text)
        ),
        *([int(number, 8) for number in one[0].split()] for one in _OCTAL.finditer(text)),
    ]
    return "\n".join(_readable(bytes(n for n in numbers if n < 256)) for numbers in lists)


def _readable(data: bytes) -> str:
    """Return bytes as UTF-8; in UTF-16, in either order of bytes, every other one is zero."""
    return data.replace(b"\0", b"").decode("utf-8", "replace")


# --------------------------------------------------------------------------------------- layouts

_ROW = re.compile(r"^\s*(?:0x)?[0-9a-fA-F]{4,8}:?\s+(.*)$")
_TEXT_COLUMN = re.compile(r"[|>](.{1,16})[|<]\s*$|\s{2}(\S.{0,31})$|: (.{1,64})$")
_AFTER_DIGITS = re.compile(r"\s{2,}[|>]?\S*[^0-9a-fA-F\s]|\s[|>]")
_BYTE_ALONE = re.compile(r"(?<!\S)([0-3][0-7]{2})(?!\S)")


def _unwrapped(text: str) -> str:
    """Return a text without white space: wrapped digits come together."""
    return "".join(text.split())


def _longest_words(text: str) -> str:
    """Join the longest word of each line: wrapped digits behind a prefix of any kind."""
    lines = (line.split() for line in text.splitlines())
    return "".join(max(words, key=len).strip("\"',+|") for words in lines if words)


def _text_column(text: str) -> str:
    """Join the last columns of dumps: of xxd, hexdump -C, od and curl --trace."""
    columns = (_TEXT_COLUMN.search(line) for line in text.splitlines())
    return "".join(found[1] or found[2] or found[3] for found in columns if found)


def _digit_columns(text: str) -> str:
    """Join the columns of dumps between the offset and the text."""
    return " ".join(_AFTER_DIGITS.split(row + " ")[0] for row in _rows(text))


def _single_characters(text: str) -> str:
    """Join the columns of ``od -c``, in which every character stands alone."""
    return "".join(_BYTE_ALONE.sub(r"\\\1", row).replace(" ", "") for row in _rows(text))


def _rows(text: str) -> Iterator[str]:
    """Yield the lines of a dump without their offsets."""
    return (row[1] for line in text.splitlines() if (row := _ROW.match(line)))


DECODERS: dict[str, Callable[[str], str]] = {
    "terminal": seen_on_terminal,
    "backslashes": unescaped,
    "percent": unquote,
    "references": html.unescape,
    "base64": _base64,
    "hexadecimal": _hexadecimal,
    "numbers": _numbers,
    "unwrapped": _unwrapped,
    "longest words": _longest_words,
    "text column": _text_column,
    "digit columns": _digit_columns,
    "single characters": _single_characters,
}
"""How a text may be read, by name. Each makes another text of the whole."""
