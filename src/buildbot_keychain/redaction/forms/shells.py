"""A value as shells and their tools quote it."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator, Sequence

from .backslashes import ESCAPED
from .spellings import Spelling
from .words import words_of

__all__ = [
    "caret_escapes",
    "shell_ansi_c",
    "shell_ansi_c_bytes",
    "shell_backslashes",
    "shell_double_quotes",
    "shell_every_character",
    "shell_single_quotes",
    "shell_words",
    "usual_single_quotes",
]


_ZSH_WORD = re.compile(r"[\s\"#$&()*;<>?\[\\\]^`{|}]|^[=~]")


def shell_single_quotes(value: str) -> Iterator[str]:
    r"""Inside single quotes of a POSIX shell (XCU 2.2.2), which cannot hold a single quote.

    ``'\''`` is what bash and most people write, ``'"'"'`` what Python's `shlex.quote` writes; git
    (`sq_quote_buf`) also writes ``'\!'``; zsh and mksh leave out empty quotes; dash and busybox put
    a whole run of quotes between double ones. zsh's ``(q-)`` quotes only the pieces that need it.
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
    pieces = [f"'{piece}'" if _ZSH_WORD.search(piece) else piece for piece in value.split("'")]
    yield "\\'".join(pieces).removeprefix("'").removesuffix("'")


def usual_single_quotes(value: str) -> Iterator[str]:
    """The same as bash, most people, and Python write it."""
    yield value.replace("'", "'\\''")
    yield value.replace("'", "'\"'\"'")


def shell_double_quotes(value: str) -> Iterator[str]:
    """Inside double quotes of a POSIX shell (XCU 2.2.3)."""
    yield re.sub(r"([$`\"\\])", r"\\\1", value)


def shell_every_character(value: str) -> Iterator[str | Spelling]:
    r"""With a backslash before every character, as bash traces the quoted right side of ``==``.

    Bash's `quote_string_for_globbing`, which leaves U+0001 and U+007F alone. In the C locale it is
    before every byte, of which a reader of UTF-8 sees no more than replacement characters.
    """
    text = "\\" + "\\".join(value)
    yield text.replace("\\\x01", "\x01").replace("\\\x7f", "\x7f")
    if not value.isascii():
        data = value.encode("utf-8", "surrogatepass")
        seen = re.sub(b"(?s).", rb"\\\g<0>", data).decode("utf-8", "replace")
        yield Spelling(seen, given_only=True)


_ANSI_C = {
    ord(character): escape
    for character, escape in zip(
        "\a\b\t\n\v\f\r\\'",
        [r"\a", r"\b", r"\t", r"\n", r"\v", r"\f", r"\r", r"\\", r"\'"],
        strict=True,
    )
}


_UNPRINTABLE = (
    "[^\x00-\x7f]+",
    "[\x80-\x9f\u2028\u2029]+",
    "[\x80-\x9f\u2028\u2029\U00010000-\U0010ffff]+",
)
"""What stands in octal: in the C locale, by bash, by mksh."""


def shell_ansi_c(value: str) -> Iterator[str]:
    r"""Inside ``$'...'`` (POSIX.1-2024 XCU 2.2.4), as bash ``printf %q`` and ``set -x`` write it.

    Control characters as three octal digits, ESC as ``\E``; the bytes of non-ASCII characters in
    octal if the locale cannot print them: all in the C locale, few in UTF-8, and by mksh
    all beyond the Basic Multilingual Plane and single quotes. zsh has a backslash before ``!``.
    """
    named = value.translate(_ANSI_C)
    controls = re.sub("[\\x00-\\x1f\\x7f]", lambda match: f"\\{ord(match[0]):03o}", named)
    for text in (controls, controls.replace("\\033", "\\E"), controls.replace("\\033", "\\e")):
        yield text
        for unprintable in _UNPRINTABLE:
            yield re.sub(unprintable, _octal, text)
    yield controls.replace("!", "\\!")
    yield re.sub(_UNPRINTABLE[-1], _octal, controls).replace("\\'", "\\047")


def shell_ansi_c_bytes(value: str) -> Iterator[Spelling]:
    """The same by mksh in the C locale: only bytes that would be C1 controls are in octal.

    Of the others beside them, a reader of UTF-8 sees no more than replacement characters.
    """
    if not value.isascii():
        text = re.sub("[\\x00-\\x1f\\x7f]", _octal, value.translate(_ANSI_C))
        data = text.replace("\\'", "\\047").encode("utf-8", "surrogatepass")
        seen = re.sub(rb"[\x80-\x9f]", lambda match: b"\\%03o" % match[0][0], data)
        yield Spelling(seen.decode("utf-8", "replace"), given_only=True)


def _octal(match: re.Match[str]) -> str:
    return "".join(f"\\{byte:03o}" for byte in match[0].encode("utf-8", "surrogatepass"))


_RUNS = ("[\x00-\x1f\x7f]+", "[\x00-\x1f\x7f-\U0010ffff]+")
_SHELL_NAMES = {
    ord(character): f"\\{letter}"
    for character, letter in zip("\a\b\t\n\v\f\r", "abtnvfr", strict=True)
}


def gnu_quotes(value: str) -> Iterator[str]:
    r"""As GNU coreutils quote a name: ``'P'$'\303\244'`` (gnulib's shell-escape style).

    What the locale cannot print stands inside ``$'...'``, the rest in single quotes.
    """
    for unprintable in _RUNS:
        text, opened = "", True
        for piece in re.split(f"({unprintable}|')", value):
            if piece == "'":
                text += "'\\''" if opened else "\\''"
                opened = True
            elif re.match(unprintable, piece):
                text += "'$'" if opened else "$'"
                text += re.sub(unprintable, _octal, piece.translate(_SHELL_NAMES)) + "'"
                opened = False
            elif piece:
                text += piece if opened else f"'{piece}"
                opened = True
        yield text.strip("'")


_BASH_WORD = re.compile(r"[ \t\n'\"\\|&;()<>!{}*\[\]?^$`]|^[#~]|[:=]~")
_BASH_START = (re.compile(r"^[#~]|(?<=[=:])~"), re.compile(r"(?<=[=:])~"))
_BASH_ESCAPED = re.compile(ESCAPED["bash printf %q"])
_RUBY_ESCAPED = re.compile(ESCAPED["Ruby Shellwords"])
_TRACED_BY_ZSH = re.compile(r"[\s\"#$&'()*;<=>?\[\\\]^`{|}~]")
_MKSH_WORD = re.compile(r"[\s\"#$&'()*;<=>?\[\\\]`{|}~]")
_BUSYBOX_WORD = re.compile(r"[^A-Za-z0-9_./,:@%+-]")


def shell_words(value: str) -> Iterator[str]:
    """As words, which a shell has split and traces or quotes one by one, each as it needs it.

    The quotes at both ends stay outside, as they do around a value that is one word.
    """
    for words in words_of(value):
        yield from _quoted_words(words)


def _quoted_words(words: Sequence[str]) -> Iterator[str]:
    for special in (_BASH_WORD, _BUSYBOX_WORD, re.compile("")):
        for quote in ("'\\''", "'\"'\"'"):
            quoted = [
                "'" + word.replace("'", quote) + "'" if special.search(word) else word
                for word in words
            ]
            yield " ".join(quoted).strip("'")
    zsh = (_in_few_quotes(word) if _TRACED_BY_ZSH.search(word) else word for word in words)
    yield " ".join(zsh).strip("'")
    yield " ".join(map(_mksh_word, words)).strip("$'")
    yield shlex.join(words).strip("'")
    for escaped in (_BASH_ESCAPED, _RUBY_ESCAPED):
        yield " ".join(escaped.sub(r"\\\g<0>", word) for word in words)


def _mksh_word(word: str) -> str:
    text = re.sub(_UNPRINTABLE[-1], _octal, word.translate(_ANSI_C))
    if text != word.translate(_ANSI_C):
        return f"$'{text}'"
    return _in_few_quotes(word) if _MKSH_WORD.search(word) else word


def _in_few_quotes(word: str) -> str:
    """Return a word in single quotes, without those that have nothing between them."""
    return "\\'".join(f"'{piece}'" if piece else "" for piece in word.split("'"))


def shell_backslashes(value: str) -> Iterator[str]:
    """As a word in backslashes: by Ruby's Shellwords and by bash's ``printf %q``."""
    yield _RUBY_ESCAPED.sub(r"\\\g<0>", value).replace("\n", "'\n'")
    escaped = _BASH_ESCAPED.sub(r"\\\g<0>", value)
    yield escaped
    for special in _BASH_START:
        yield special.sub(r"\\\g<0>", escaped)


_FOR_CMD = ("&|<>^()", '&|<>^()"%!', "&|<>^", "&|<>^%", '()[]%!^"`<>&|;, *?')
"""What `cmd.exe` takes for special, by caution; the last is that of npm's cross-spawn."""


def caret_escapes(value: str) -> Iterator[str]:
    """With carets before what is special to ``cmd.exe``, once, and again for a batch file."""
    for marks in _FOR_CMD:
        special = re.compile(f"[{re.escape(marks)}]")
        once = special.sub(r"^\g<0>", value)
        yield once
        yield special.sub(r"^\g<0>", once)
