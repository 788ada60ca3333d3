"""Texts that are hard to look through, by name: floods of what secrets begin with, or nearly are.

A family is a unit that is repeated up to a size, or what follows no unit. The unit is made of the
values of secrets, the first ones first.
"""

from __future__ import annotations

import base64
import html
import itertools
import json
import quopri
import random
import shlex
import string
import textwrap
import unicodedata
from collections.abc import Callable, Iterator, Sequence
from urllib.parse import quote, quote_plus

from tests.support.dump_lines import xxd_lines

__all__ = ["TEXTS", "text_of"]

Text = Callable[[Sequence[str], int], str]

MOST = 64
"""So many values are in a text, at most."""

LONGEST = 4096
"""So many characters of each."""


def text_of(family: str, values: Sequence[str], size: int) -> str:
    """Return the text of a family, of about so many characters."""
    return TEXTS[family](values, size)


def _repeated(unit: str, size: int) -> str:
    return (unit * (size // max(1, len(unit)) + 1))[:size]


def _unit(unit: str) -> Text:
    return lambda _, size: _repeated(unit, size)


def _each(spell: Callable[[str], str], between: str = "\n", longest: int = LONGEST) -> Text:
    """Return the text of what is made of each value, in turn."""

    def text(values: Sequence[str], size: int) -> str:
        spelled: list[str] = []
        length = 0
        for value in values[:MOST]:
            if length > size:
                break
            spelled.append(spell(value[:longest] if longest else value))
            length += len(spelled[-1])
        return _repeated(between.join(spelled) + between, size)

    return text


def _random(characters: str, *, line: int = 0) -> Text:
    def text(_: Sequence[str], size: int) -> str:
        made = "".join(random.Random(size).choices(characters, k=size))
        return made if not line else "\n".join(textwrap.wrap(made, line)) + "\n"

    return text


def _encoded(value: str) -> bytes:
    return value.encode("utf-8", "surrogatepass")


def _base64(value: str) -> str:
    return base64.b64encode(_encoded(value)).decode()


def _wrapped(text: str, width: int = 76, indent: str = "") -> str:
    return "\n".join(indent + text[at : at + width] for at in range(0, len(text), width))


def _xxd(value: str) -> str:
    return "\n".join(xxd_lines(_encoded(value)))


def _hexdump(value: str) -> str:
    data, lines = _encoded(value), []
    for at in range(0, len(data), 16):
        part = data[at : at + 16]
        shown = "".join(chr(byte) if 0x20 <= byte < 0x7F else "." for byte in part)
        lines.append(f"{at:08x}  {part[:8].hex(' ')}  {part[8:].hex(' ')}  |{shown}|")
    return "\n".join([*lines, f"{len(data):08x}"])


def _od(value: str) -> str:
    data = _encoded(value)
    return "\n".join(
        f"{at:07o} " + " ".join(f"{byte:03o}" for byte in data[at : at + 16])
        for at in range(0, len(data), 16)
    )


def _od_c(value: str) -> str:
    data = value.replace("\n", " ")
    return "\n".join(
        f"{at:07o}" + "".join(f"   {character}" for character in data[at : at + 16])
        for at in range(0, len(data), 16)
    )


def _long_dump(dump: Callable[[str], str]) -> Text:
    """Return the text of one dump of all values."""

    def text(values: Sequence[str], size: int) -> str:
        data = _repeated("\n".join(value[:LONGEST] for value in values[:MOST]) + "\n", size // 4)
        return dump(data)[:size]

    return text


def _beginnings(value: str) -> str:
    return "\n".join(value[:size] for size in range(4, min(len(value), 200)))


def _beginnings_longer(values: Sequence[str], size: int) -> str:
    """Return beginnings of the longest value, each longer: 60 of them make up the text."""
    value = max(values, key=len)
    lengths = [each * min(len(value), size // 30) // 60 for each in range(1, 61)]
    return _repeated("\n".join(value[:length] for length in lengths) + "\n", size)


def _longest(values: Sequence[str], size: int) -> str:
    return _repeated(max(values, key=len), size)


def _longest_by_part(values: Sequence[str], size: int) -> str:
    value = max(values, key=len)
    return _repeated(value[: 3 * min(len(value), size // 4) // 4] + "\n", size)


def _beside_label(values: Sequence[str], size: int) -> str:
    """Return a short value with a label beside it, and the longest over and over."""
    return f"<s0>{min(values, key=len)} " + _longest(values, size)


def _between(mark: str, every: int = 1) -> Callable[[str], str]:
    def spell(value: str) -> str:
        return mark.join(value[at : at + every] for at in range(0, len(value), every))

    return spell


def _in_the_middle(mark: str) -> Callable[[str], str]:
    return lambda value: value[: len(value) // 2] + mark + value[len(value) // 2 + 1 :]


def _shuffled(values: Sequence[str], size: int) -> str:
    source = random.Random(5)
    pieces: Iterator[str] = (
        value[at : at + source.randint(4, 16)]
        for value in itertools.cycle(value[:LONGEST] for value in values[:MOST])
        for at in (source.randrange(max(1, len(value) - 4)),)
    )
    made, length = [], 0
    while length < size:
        made.append(next(pieces))
        length += len(made[-1])
    return "".join(made)[:size]


def _quoted_printable(value: str) -> str:
    return quopri.encodestring(_encoded(value), quotetabs=True).decode()


_WORDS = "commit context convert core crypto data decode device error passed warning src build"

TEXTS: dict[str, Text] = {
    # Hits.
    "hits by line": _each(lambda value: value),
    "hits behind words": _each(lambda value: f"+ curl --token {value} https://example.org/x"),
    "hits and blanks": _each(lambda value: value, " "),
    "hits on one line": _each(lambda value: value.replace("\n", " "), " "),
    "hits without anything between": _each(lambda value: value, ""),
    "hits, the whole of each": _each(lambda value: value, longest=0),
    "hits, with label signs": _each(lambda value: f"<{value}>"),
    "hits, quoted": _each(lambda value: f'"{value}"', ","),
    # Other forms.
    "base64": _each(_base64),
    "base64, wrapped": _each(lambda value: _wrapped(_base64(value))),
    "base64, wrapped at 4": _each(lambda value: _wrapped(_base64(value), 4)),
    "base64, indented": _each(lambda value: _wrapped(_base64(value), 64, "    ")),
    "base64, one byte before": _each(lambda value: _base64("x" + value)),
    "base64 of base64": _each(lambda value: _base64(_base64(value))),
    "base64 of UTF-16": _each(
        lambda value: base64.b64encode(value.encode("utf-16-le", "surrogatepass")).decode()
    ),
    "hex": _each(lambda value: _encoded(value).hex()),
    "HEX": _each(lambda value: _encoded(value).hex().upper()),
    "hex, wrapped": _each(lambda value: _wrapped(_encoded(value).hex(), 60)),
    "hex with colons": _each(lambda value: _encoded(value).hex(":")),
    "hex with blanks": _each(lambda value: _encoded(value).hex(" ")),
    "hex list": _each(lambda value: ", ".join(f"0x{byte:02x}" for byte in _encoded(value))),
    "hex escapes": _each(lambda value: "".join(f"\\x{byte:02x}" for byte in _encoded(value))),
    "byte list": _each(lambda value: ", ".join(map(str, _encoded(value)))),
    "octal escapes": _each(lambda value: "".join(f"\\{byte:03o}" for byte in _encoded(value))),
    "percent": _each(lambda value: quote(value, safe="", errors="replace")),
    "percent, all": _each(lambda value: "".join(f"%{byte:02X}" for byte in _encoded(value))),
    "percent, lower": _each(lambda value: "".join(f"%{byte:02x}" for byte in _encoded(value))),
    "percent, twice": _each(lambda value: quote(quote(value, safe="", errors="replace"), safe="")),
    "form": _each(lambda value: quote_plus(value, errors="replace")),
    "json": _each(json.dumps),
    "json in json": _each(lambda value: json.dumps(json.dumps(value))),
    "repr": _each(repr),
    "repr of bytes": _each(lambda value: repr(_encoded(value))),
    "shell": _each(shlex.quote),
    "backslashes before all": _each(lambda value: "\\" + _between("\\")(value)),
    "html": _each(html.escape),
    "html, numbers": _each(lambda value: "".join(f"&#{ord(each)};" for each in value)),
    "quoted-printable": _each(_quoted_printable),
    "nfd": _each(lambda value: unicodedata.normalize("NFD", value)),
    "dump of xxd": _each(_xxd),
    "dump of hexdump": _each(_hexdump),
    "dump of od": _each(_od),
    "dump of od -c": _each(_od_c),
    "one dump of xxd": _long_dump(_xxd),
    "one dump of hexdump": _long_dump(_hexdump),
    "one dump of od -c": _long_dump(_od_c),
    "word-wrapped": _each(lambda value: textwrap.fill(value, 24)),
    "wrapped at 7": _each(lambda value: _wrapped(value, 7)),
    "wrapped and indented": _each(lambda value: _wrapped(value, 40, "  ")),
    "a blank after each": _each(_between(" ")),
    "a line end after each": _each(_between("\n")),
    "a backspace after each": _each(_between("\b")),
    "a carriage return after each": _each(_between("\r")),
    "columns": _each(_between("   ")),
    # Nearly hits.
    "last byte missing": _each(lambda value: value[:-1] + "!"),
    "last byte missing, on one line": _each(lambda value: value[:-1], ""),
    "first byte missing": _each(lambda value: value[1:]),
    "wrong in the middle": _each(_in_the_middle("~")),
    "case swapped": _each(lambda value: value.swapcase()),
    "last in other case": _each(lambda value: value[:-4] + value[-4:].swapcase()),
    "beginnings": _each(_beginnings),
    "beginnings, each longer": _beginnings_longer,
    "the longest over and over": _longest,
    "three quarters of the longest": _longest_by_part,
    "the longest behind a label": _beside_label,
    "the longest, blanks between": lambda values, size: " ".join(_longest(values, size // 2)),
    "the longest, line ends between": lambda values, size: "\n".join(_longest(values, size // 2)),
    "the longest, cases swapped": lambda values, size: _longest(values, size).swapcase(),
    "the longest, with ellipses": lambda values, size: _wrapped(_longest(values, size), 900, "..."),
    "first eight": _each(lambda value: value[:8], " "),
    "first eight, and dots": _each(lambda value: value[:8] + "..."),
    "dots, and last eight": _each(lambda value: "..." + value[-8:]),
    "half and dots": _each(lambda value: value[: len(value) // 2] + "..." + value[-12:]),
    "half and an ellipsis": _each(lambda value: value[: len(value) // 2] + "…", ""),
    "first four": _each(lambda value: value[:4], ""),
    "last twenty": _each(lambda value: value[-20:], "\n"),
    "pieces": _shuffled,
    "long blanks inside": _each(_in_the_middle(" " * 70)),
    "percent, last byte missing": _each(
        lambda value: "".join(f"%{byte:02x}" for byte in _encoded(value)[:-1])
    ),
    "base64, last bytes missing": _each(lambda value: _base64(value)[:-6] + "!"),
    # Control sequences.
    "colours": _unit("\x1b[32mok\x1b[0m a test passed in 3 ms\n"),
    "colours alone": _unit("\x1b[1m\x1b[0m"),
    "colours around letters": _unit("\x1b[1mx\x1b[0m "),
    "colours in hits": _each(_between("\x1b[0m", 3)),
    "colours after each byte": _each(_between("\x1b[0m")),
    "colours around hits": _each(lambda value: f"\x1b[31m{value}\x1b[0m"),
    "different colours": lambda _, size: "".join(
        f"\x1b[38;5;{each % 997}mx" for each in range(size // 11)
    ),
    "ESC": _unit("\x1b"),
    "ESC [": _unit("\x1b["),
    "ESC [ 0": _unit("\x1b[0;"),
    "unfinished parameters": _unit("\x1b[" + "0" * 64),
    "OSC": _unit("\x1b]0;title\x07text "),
    "OSC, unfinished": _unit("\x1b]0;title"),
    "OSC, long": _unit("\x1b]" + "t" * 500),
    "OSC, too long": _unit("\x1b]" + "t" * 520 + "\n"),
    "ESC 7": _unit("\x1b7x\x1b8"),
    "ESC blanks": _unit("\x1b   "),
    "shift in and out": _unit("\x0ex\x0f"),
    "C1": _unit("\x9b0mx\x9b"),
    "C2": _unit("\xa0\xc2"),
    "OSC with hits": _each(lambda value: f"\x1b]0;{value}\x07"),
    "unfinished before hits": _each(lambda value: f"\x1b[{value}"),
    "BEL": _unit("\x07"),
    # Line ends, blanks, marks.
    "line ends": _unit("\n"),
    "carriage returns": _unit("\r"),
    "both": _unit("\r\n"),
    "progress": _unit("Receiving objects: 42% (1/2)\r"),
    "backspaces": _unit("\b"),
    "spinner": _unit("|\b/\b-\b\\\b"),
    "blanks": _unit(" "),
    "tabs": _unit("\t"),
    "blanks and line ends": _unit(" \n"),
    "indentation": _unit(" " * 60 + "\n"),
    "long indentation": _unit(" " * 600 + "x\n"),
    "dots": _unit("."),
    "two dots": _unit(".. "),
    "ellipses": _unit("... "),
    "ellipses, quoted": _unit('"..." '),
    "one character ellipses": _unit("…"),
    "ellipses by line": _unit("configuration...\n"),
    "dots and slashes": _unit("../"),
    "quotes": _unit("'\""),
    "zeros": _unit("0"),
    "offsets": _unit("00000000: "),
    "offsets by line": _unit("00000000: 0000\n"),
    "offsets that go on": lambda _, size: "".join(
        f"{at:08x}: 6162 6364 6566 6768  abcdefgh\n" for at in range(0, size // 5, 8)
    ),
    "asterisks": _unit("00000000  00 00\n*\n00000010\n"),
    "stars": _unit("*\n"),
    "before a dump": _unit("[" + "x" * 39 + "] "),
    "numbers before a dump": _unit("12:34 "),
    "percents": _unit("%"),
    "percents and a digit": _unit("%2"),
    "percent 25": _unit("%25"),
    "backslashes": _unit("\\"),
    "backslash x": _unit("\\x"),
    "backslash u": _unit("\\u0041"),
    "ampersands": _unit("&"),
    "entities": _unit("&#x41;"),
    "signs": _unit("<"),
    "signs both": _unit("<>"),
    "labels": _unit("<s0>"),
    "labels by line": _unit("<s0>\n"),
    "secret": _unit("<secret>"),
    "secret, unfinished": _unit("<secre"),
    "labels and hits": _each(lambda value: f"<s0>{value}</s0>"),
    "commas": _unit(", "),
    "numbers": _unit("65, "),
    "digits": _unit("1"),
    "equals": _unit("="),
    "soft line ends": _unit("abcdef=\n"),
    "hyphens": _unit("-"),
    "armour": _unit("-----BEGIN PRIVATE KEY-----\n"),
    "armour, unfinished": _unit("-----BEGIN "),
    # Anything.
    "one byte": _unit("a"),
    "two bytes": _unit("ab"),
    "two bytes, by line": _unit("ab" * 60 + "\n"),
    "two bytes in other case": _unit("aA"),
    "case of half": lambda _, size: "ab" * (size // 4) + "AB" * (size // 4),
    "x": _unit("x"),
    "log": _unit("gcc -O2 -g -Wall -Iinclude -c src/crypto_data.c -o build/crypto_data.o\n"),
    "words": lambda _, size: " ".join(random.Random(1).choices(_WORDS.split(), k=size // 6)),
    "random letters": _random(string.ascii_letters + string.digits),
    "random base64": _random(string.ascii_letters + string.digits + "+/", line=76),
    "random hex": _random("0123456789abcdef", line=64),
    "random hex on one line": _random("0123456789abcdef"),
    "random signs": _random("!@#$%^&*()\\\"'`{}[]|;:<>?,./~ "),
    "random blanks": _random(" \t\n\r\b"),
    "random bits": _random("01"),
    "random a and blanks": _random("ab \n"),
    "accents": _unit("é"),
    "accents in two": _unit("e\u0301"),
    "accents alone": _unit("\u0301"),
    "chinese": _random("".join(map(chr, range(0x4E00, 0x4F00)))),
    "emoji": _unit("\U0001f600"),
    "halves of pairs": _unit("\ud83d"),
    "no-break spaces": _unit("\xa0"),
    "NUL": _unit("\0"),
}
