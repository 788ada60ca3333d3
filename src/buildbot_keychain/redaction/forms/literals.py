"""A value inside a string literal of a programming language."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator, Mapping

from .spellings import Spelling

__all__ = [
    "c_literal",
    "javascript_literal",
    "perl_literal",
    "python_literal",
    "ruby_literal",
    "upper_escapes",
    "usual_python_literal",
    "yaml_literal",
]

_NUMERIC_ESCAPE = re.compile(r"\\(?:\\|x[0-9a-f]{2}|u[0-9a-f]{4}|U[0-9a-f]{8})")


def upper_escapes(text: str) -> str:
    """Return a text (str) whose numeric escapes have upper-case digits."""
    return _NUMERIC_ESCAPE.sub(lambda match: match[0][:2] + match[0][2:].upper(), text)


def python_literal(value: str) -> Iterator[str]:
    """Inside `repr` of a `str` or of its UTF-8 `bytes`, in either quotes, and inside `ascii`.

    Hexadecimal digits are of either case, as other languages write such literals. Source: the
    Python language reference, "String and Bytes literals".
    """
    data = value.encode("utf-8", "surrogatepass")
    literals = (
        repr("'\"" + value)[4:-1],
        repr(b"'\"" + data)[5:-1],
        ascii("'\"" + value)[4:-1],
    )
    for both_quotes in dict.fromkeys((*literals, *map(upper_escapes, literals))):
        # A text with both quotes is written in single ones, where each of them has a backslash.
        bare = both_quotes.replace("\\'", "'")
        yield both_quotes
        yield bare
        yield bare.replace('"', '\\"')
        yield both_quotes.replace('"', '\\"')


def usual_python_literal(value: str) -> Iterator[str]:
    """The same for a `str` in either quotes: what logs of Python have around other forms."""
    single = repr("'\"" + value)[4:-1]
    yield single
    yield single.replace("\\'", "'")


_YAML = {
    **{code: f"\\x{code:02X}" for code in (*range(32), *range(127, 160))},
    **{
        ord(mark): f"\\{name}"
        for mark, name in zip(
            '\0\a\b\t\n\v\f\r\x1b\x85\xa0\u2028\u2029"\\', '0abtnvfreN_LP"\\', strict=True
        )
    },
}


def yaml_literal(value: str) -> Iterator[str | Spelling]:
    r"""Inside double quotes of libyaml, which takes what is beyond ``\uFFFF`` for unprintable.

    PyYAML escapes all but ASCII. Source: YAML 1.2.2 section 5.7. A long text is wrapped at its
    blanks; PyYAML ends such a line, or one behind an escape, with a backslash.
    """
    for unprintable in ("[\U00010000-\U0010ffff]", "[^\x00-\x7f]"):
        text = re.sub(unprintable, _in_yaml, value.translate(_YAML))
        yield text
        if " " in text:
            yield Spelling(text.replace(" ", "\n"), given_only=True)
    if text != value:
        for match in itertools.islice(_YAML_BREAK.finditer(text), _BREAKS):
            at = match.end()
            escaped = "\\" * text.startswith(" ", at)
            yield Spelling(f"{text[:at]}\\\n{escaped}{text[at:]}", given_only=True)


_YAML_BREAK = re.compile(r"\\(?:x[0-9A-F]{2}|u[0-9A-F]{4}|U[0-9A-F]{8}|[^xuU])(?!\Z)|(?<!\A)(?= .)")
_BREAKS = 8
"""So many places at which a line may end are tried."""


def _in_yaml(match: re.Match[str]) -> str:
    code = ord(match[0])
    if code <= 0xFF:  # noqa: PLR2004
        return f"\\x{code:02X}"
    return f"\\u{code:04X}" if code <= 0xFFFF else f"\\U{code:08X}"  # noqa: PLR2004


_LETTERED = {8: r"\b", 9: r"\t", 10: r"\n", 12: r"\f", 13: r"\r", 92: r"\\"}
_CONTROLS = [
    {code: f"\\x{code:{digits}}" for code in (*range(32), *range(127, 160))} | _LETTERED
    for digits in ("02X", "02x")
]


def javascript_literal(value: str) -> Iterator[str]:
    r"""Inside a string as `util.inspect` of Node and literals of C and its heirs have it.

    Control characters are ``\xNN``, with digits of either case, or have a letter of their own.
    """
    for text in map(value.translate, _CONTROLS):
        yield text
        yield text.replace("'", "\\'")
        yield text.replace('"', '\\"')


_CONTROLS_OF_C = (*range(32), *range(127, 160))
_LETTERS = {7: r"\a", 8: r"\b", 9: r"\t", 10: r"\n", 11: r"\v", 12: r"\f", 13: r"\r"}


def _table(marks: str, letters: Mapping[int, str], control: str) -> dict[int, str]:
    """Return the table for `str.translate` that puts a backslash before marks, and so on."""
    return (
        {code: control.format(code) for code in _CONTROLS_OF_C if code < 128}  # noqa: PLR2004
        | dict(letters)
        | {ord(mark): f"\\{mark}" for mark in marks}
    )


_RUBY = [_table('"\\', _LETTERS | {27: r"\e"}, control) for control in (r"\x{:02X}", r"\u{:04X}")]


def ruby_literal(value: str) -> Iterator[str]:
    r"""Inside what `String#inspect` and `String#dump` of Ruby, and Rust's ``{:?}``, write.

    ``#`` has a backslash before ``$``, ``@`` and ``{`` alone; what is beyond ``\uFFFF`` has braces.
    """
    for table in _RUBY:
        text = re.sub(r"#(?=[$@{])", r"\\#", value.translate(table))
        yield text
        yield re.sub("[^\x00-\x7f]", _in_ruby, text)
    yield value.translate(_RUST)


def _in_ruby(match: re.Match[str]) -> str:
    code = ord(match[0])
    return f"\\u{code:04X}" if code <= 0xFFFF else f"\\u{{{code:X}}}"  # noqa: PLR2004


# core::char::escape_debug: three letters and the numbers in braces.
_RUST = _table('"\\', {9: r"\t", 10: r"\n", 13: r"\r", 0: r"\0"}, r"\u{{{:x}}}")


def perl_literal(value: str) -> Iterator[str]:
    r"""Inside Perl's quotes, as `Data::Dumper` writes them: single ones, and with ``Useqq``.

    Between double quotes ``$`` and ``@`` have a backslash; control characters are octal, as short
    as possible. Many templates have a backslash before ``@`` alone.
    """
    yield re.sub(r"[\\']", r"\\\g<0>", value)
    text = _short_octal(value.translate(_PERL))
    yield text
    yield re.sub("[^\x00-\x7f]", lambda match: f"\\x{{{ord(match[0]):x}}}", text)
    yield _in_octal(text)
    yield value.replace("@", "\\@")


_PERL = _table('"\\$@', {c: _LETTERS[c] for c in (7, 8, 9, 10, 12, 13)} | {27: r"\e"}, r"\{:03o}")


def c_literal(value: str) -> Iterator[str]:
    r"""Inside a C string whose other bytes are octal: git's ``core.quotePath``, GNU ls, strace.

    Non-ASCII as it is or in octal. strace writes octal numbers as short as possible; ``ls -b`` has
    a backslash before blanks as well. ``curl --libcurl`` has one before question marks.
    """
    for table in _C:
        text = value.translate(table)
        for octal in (text, _in_octal(text)):
            yield octal
            yield _short_octal(octal)
    hexadecimal = re.sub("[^\x00-\x7f]+", _in_hexadecimal, value.translate(_CURL))
    yield hexadecimal
    # A digit behind would belong to the number.
    yield _CURL_NUMBER.sub(lambda match: f"\\{int(match[1], 16):03o}", hexadecimal)


_C = [
    _table(marks, letters, r"\{:03o}")
    for marks in ('"\\', "\\", "\\ ")
    for letters in (_LETTERS, {c: _LETTERS[c] for c in range(9, 14)})
]
_CURL = _table('"\\?', {c: _LETTERS[c] for c in (9, 10, 13)}, r"\x{:02x}")

_CURL_NUMBER = re.compile(r"(?<!\\)\\x([0-9a-f]{2})(?=[0-9A-Fa-f])")


def _in_hexadecimal(match: re.Match[str]) -> str:
    return "".join(f"\\x{byte:02x}" for byte in match[0].encode("utf-8", "surrogatepass"))


def _in_octal(text: str) -> str:
    return re.sub("[^\x00-\x7f]+", _octal, text)


def _octal(match: re.Match[str]) -> str:
    return "".join(f"\\{byte:03o}" for byte in match[0].encode("utf-8", "surrogatepass"))


def _short_octal(text: str) -> str:
    """Return a text whose octal escapes have no leading zeroes, unless a digit is behind."""
    return re.sub(
        r"\\(?:\\|([0-7]{3})(?![0-9]))",
        lambda match: f"\\{int(match[1], 8):o}" if match[1] else match[0],
        text,
    )
