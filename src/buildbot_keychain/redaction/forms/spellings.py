"""The forms in which programs write a value down: one small function each, one registry.

A form takes a value (`str`) and yields its spellings. A spelling equal to the value itself, or too
short for the length rule, is dropped later, so a form may yield freely. The registry, `FORMS`, is
what a policy carries; a user adds to it with ``FORMS + (my_form,)``, where `my_form` yields `str`.

Most spellings are plain text. `Spelling` adds what plain text cannot say: hexadecimal digits in
either case, and the characters beside a base64 text that carry bits of the secret.
"""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from xml.sax.saxutils import escape

from .percent import percent_encodings

__all__ = [
    "FORMS",
    "Form",
    "Spelling",
    "base64_text",
    "dollar_signs",
    "doubled_quotes",
    "hexadecimal",
    "javascript_literal",
    "json_string",
    "percent_encoding",
    "python_literal",
    "shell_ansi_c",
    "shell_backslash",
    "shell_single_quotes",
    "xml_of_literal",
    "xml_text",
]


@dataclass(frozen=True)
class Spelling:
    """One way to write a value."""

    text: str
    """What is looked for."""

    any_case: bool = False
    """Whether the hexadecimal digits of a ``%XX`` may be of either case."""

    wraps: bool = False
    """Whether line ends may stand inside, as in base64 or hexadecimal digits cut into lines."""

    before: str = ""
    """Characters of which one, standing directly before the text, belongs to it."""

    after: bool = False
    """Whether one base64 character and padding directly after the text belong to it."""

    given_only: bool = False
    """Whether it is looked for only for readers to whom the secret was given."""


Form = Callable[[str], Iterable["str | Spelling"]]
"""Takes a value, yields its spellings."""


def json_string(value: str) -> Iterator[str]:
    r"""Inside a JSON string (RFC 8259 section 7), and inside JSON within a JSON string.

    Non-ASCII as it is or as ``\uXXXX``; with ``\/`` (PHP's `json_encode`); with what matters to
    HTML as ``\u003c`` and so on, digits in either case, by the habits of usual writers.
    """
    for ascii_only in (False, True):
        inner = json.dumps(value, ensure_ascii=ascii_only)[1:-1]
        escaped = [inner, *(pattern.sub(_as_number, inner) for pattern in _JSON_FOR_HTML)]
        for plain in dict.fromkeys(escaped):
            for text in (plain, _upper_escapes(plain)):
                for slashed in (text, text.replace("/", "\\/")):
                    yield slashed
                    yield json.dumps(slashed, ensure_ascii=False)[1:-1]
                    yield json.dumps(slashed)[1:-1]


# A backslash behind a backslash begins no escape, here and below.
_JSON_FOR_HTML = (
    re.compile(r"\\\\|[<>&\u2028\u2029]"),  # Go's encoding/json, Rails
    re.compile(r"\\\\|[<>&='\u2028\u2029]"),  # Gson
    re.compile(r"\\\\|\\\"|[<>&'+`]"),  # .NET's System.Text.Json
    re.compile(r"\\\\|\\\"|[<>&']"),  # PHP with JSON_HEX_TAG and its like
)


def _as_number(match: re.Match[str]) -> str:
    return match[0] if match[0] == "\\\\" else f"\\u{ord(match[0][-1]):04x}"


_NUMERIC_ESCAPE = re.compile(r"\\(?:\\|x[0-9a-f]{2}|u[0-9a-f]{4}|U[0-9a-f]{8})")


def _upper_escapes(text: str) -> str:
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
    for both_quotes in dict.fromkeys((*literals, *map(_upper_escapes, literals))):
        # A text with both quotes is written in single ones, where each of them has a backslash.
        bare = both_quotes.replace("\\'", "'")
        yield both_quotes
        yield bare
        yield bare.replace('"', '\\"')
        yield both_quotes.replace('"', '\\"')


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


def percent_encoding(value: str) -> Iterator[Spelling]:
    """Percent-encoded (RFC 3986 section 2.1), with each usual set of characters left alone."""
    for text in percent_encodings(value):
        yield Spelling(text, any_case=True)


_XML_SPACES = [
    {ord(character): reference.format(ord(character)) for character in "\t\n\r"}
    for reference in ("&#{};", "&#{:02};", "&#x{:X};")
]
# Characters that templates escape beside those of XML: Underscore, Handlebars, Mustache.
_TEMPLATES = [
    {ord(character): f"&#x{ord(character):X};" for character in more} for more in ("`", "`=", "`=/")
]


def xml_text(value: str) -> Iterator[str]:
    """Escaped for XML 1.0 (section 2.4) or HTML, with every usual spelling of the quotes.

    What is not ASCII stands as it is or, as in Twisted's pages, as a numeric reference, which may
    be hexadecimal. In an attribute, line ends and tabs must be references (section 3.3.3); Python
    writes them with two digits, Go in hexadecimal. Canonical XML leaves ``>`` in attributes. What
    is in a text that is escaped again is escaped twice.
    """
    escaped = escape(value)
    plains = (
        escaped,
        escaped.replace("&gt;", ">"),
        escaped.encode("ascii", "xmlcharrefreplace").decode("ascii"),
        re.sub("[^\x00-\x7f]", lambda match: f"&#x{ord(match[0]):X};", escaped),
        re.sub("[^\x00-\x7f]", lambda match: f"&#x{ord(match[0]):x};", escaped),
        *map(escaped.translate, _XML_SPACES),
        *map(escaped.translate, _TEMPLATES),
    )
    for plain in dict.fromkeys(plains):
        yield from _quotes_as_references(plain)
    yield from map(escape, _quotes_as_references(escaped))


def _quotes_as_references(text: str) -> Iterator[str]:
    for double in ('"', "&quot;", "&#34;", "&#x22;"):
        yield text.replace('"', double)
        for single in ("&apos;", "&#39;", "&#x27;", "&#039;"):
            yield text.replace('"', double).replace("'", single)


def xml_of_literal(value: str) -> Iterator[str]:
    """A Python literal in a page: so tracebacks of Twisted and Buildbot show what holds a value."""
    for literal in python_literal(value):
        escaped = escape(literal)
        yield escaped
        yield escaped.encode("ascii", "xmlcharrefreplace").decode("ascii")
        yield escaped.replace('"', "&quot;").replace("'", "&#39;")


def shell_single_quotes(value: str) -> Iterator[str]:
    r"""Inside single quotes of a POSIX shell (XCU 2.2.2), which cannot hold a single quote.

    ``'\''`` is what bash and most people write, ``'"'"'`` what Python's `shlex.quote` writes; git
    (`sq_quote_buf`) also writes ``'\!'``; zsh and mksh leave out empty quotes; dash and busybox put
    a whole run of quotes between double ones.
    """
    usual = value.replace("'", "'\\''")
    yield usual
    yield re.sub(r"(?<=\\')''(?=\\')", "", usual)
    yield re.sub("['!]", r"'\\\g<0>'", value)
    yield value.replace("'", "'\"'\"'")
    runs = re.sub("'+", lambda match: f"'\"{match[0]}\"'", value)
    yield runs
    # Busybox leaves out the empty quotes that a run at the end would leave behind.
    yield runs.strip("'")


def shell_backslash(value: str) -> Iterator[str]:
    """With a backslash before what is special: bash ``printf %q``, ksh, and inside double quotes.

    Sources: POSIX XCU 2.2.1 and 2.2.3; bash's `sh_backslash_quote`.
    """
    yield re.sub(r"([\s'\"\\|&;()<>!{}*\[\]?^$`,])", r"\\\1", value)
    yield re.sub(r"([\s'\"\\|&;()<>!{}*\[\]?^$`])", r"\\\1", value)
    hashed = re.sub(r"([\s'\"\\|&;()<>!{}*\[\]?^$`,])", r"\\\1", value)
    yield re.sub(r"^#|(?:^|(?<=[=:]))~", r"\\\g<0>", hashed)
    yield re.sub(r"([^A-Za-z0-9_@%+=:,./\-])", r"\\\1", value)
    yield re.sub(r"([$`\"\\])", r"\\\1", value)
    yield re.sub(r"([$`\"\\!])", r"\\\1", value)
    # Arguments of a Windows program: backslashes count only before a double quote.
    yield re.sub(r'(?<!\\)(\\*)"', r"\1\1\"", value)


_ANSI_C = {
    ord(character): escape
    for character, escape in zip(
        "\a\b\t\n\v\f\r\\'",
        [r"\a", r"\b", r"\t", r"\n", r"\v", r"\f", r"\r", r"\\", r"\'"],
        strict=True,
    )
}


def shell_ansi_c(value: str) -> Iterator[str]:
    r"""Inside ``$'...'`` (POSIX.1-2024 XCU 2.2.4), as bash ``printf %q`` and ``set -x`` write it.

    Control characters as three octal digits, ESC as ``\E``; the bytes of non-ASCII characters in
    octal if the locale cannot print them: all in the C locale, few in UTF-8.
    """
    named = value.translate(_ANSI_C)
    controls = re.sub("[\\x00-\\x1f\\x7f]", lambda match: f"\\{ord(match[0]):03o}", named)
    for text in (controls, controls.replace("\\033", "\\E"), controls.replace("\\033", "\\e")):
        yield text
        for unprintable in ("[^\x00-\x7f]+", "[\x80-\x9f\u2028\u2029]+"):
            yield re.sub(unprintable, _octal, text)


def _octal(match: re.Match[str]) -> str:
    return "".join(f"\\{byte:03o}" for byte in match[0].encode("utf-8", "surrogatepass"))


def doubled_quotes(value: str) -> Iterator[str]:
    """Quotes twice: SQL (ISO 9075), PowerShell, CSV (RFC 4180); and what ``cmd.exe`` escapes."""
    yield value.replace("'", "''")
    yield value.replace('"', '""')
    yield value.replace("%", "%%")
    yield re.sub("([&|<>^()])", r"^\1", value)
    yield re.sub('([`$"])', r"`\1", value)


def dollar_signs(value: str) -> Iterator[str]:
    """Dollar signs twice, as make and Docker Compose want them, or once if it was written so."""
    yield value.replace("$", "$$")
    yield value.replace("$$", "$")


_WRAPPED_DIGITS = 32


def hexadecimal(value: str) -> Iterator[Spelling]:
    """The UTF-8 bytes as hexadecimal digits (RFC 4648 section 8), in one case or the other.

    ``xxd -p`` cuts many of them into lines.
    """
    digits = value.encode("utf-8", "surrogatepass").hex()
    # Fewer may be numbers of lines.
    wraps = len(digits) >= _WRAPPED_DIGITS
    yield Spelling(digits, wraps=wraps)
    yield Spelling(digits.upper(), wraps=wraps)


_ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"


def base64_text(value: str) -> Iterator[Spelling]:
    """Base64 and base64url (RFC 4648 sections 4 and 5) at all three offsets in a longer text.

    Every character that carries a bit of the value belongs to the match: the text looked for is
    what the value alone decides, and the character on either side of it, which the value shares
    with its neighbour, is taken in when it is there.
    """
    data = value.encode("utf-8", "surrogatepass")
    for offset in (0, 1, 2):
        encoded = base64.b64encode(b"\0" * offset + data).decode("ascii")
        first = -(-offset * 8 // 6)  # the first character of value's bits alone
        last = (offset + len(data)) * 8 // 6  # one past the last such character
        # Of the shared character before, the value decides the low bits: 4 of them, or 2.
        own = _ALPHABET.index(encoded[first - 1]) if offset else 0
        free = 6 - (4 if offset == 1 else 2)
        before = (
            "".join(_ALPHABET[own | bits << (6 - free)] for bits in range(1 << free))
            if offset
            else ""
        )
        after = (offset + len(data)) % 3 != 0
        core = encoded[first:last]
        for text, beside in ((core, before), (_url_safe(core), _url_safe(before))):
            yield Spelling(text, before=beside, after=after, wraps=True)


def _url_safe(text: str) -> str:
    return text.replace("+", "-").replace("/", "_")


FORMS: tuple[Form, ...] = (
    json_string,
    python_literal,
    javascript_literal,
    percent_encoding,
    xml_text,
    xml_of_literal,
    shell_single_quotes,
    shell_backslash,
    shell_ansi_c,
    doubled_quotes,
    dollar_signs,
    hexadecimal,
    base64_text,
)
"""Every form of the default policy."""
