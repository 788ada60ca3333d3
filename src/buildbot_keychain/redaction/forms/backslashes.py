r"""A value with backslashes before what is special: regular expressions, shells, Markdown, sed.

Writers differ by the characters that they escape: `ESCAPED` is the table of these sets. Sets that
differ in no character of a value give one text, so an ordinary value has few spellings.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

__all__ = ["ESCAPED", "backslashes", "properties", "without_backslashes"]

_WORD = r"A-Za-z0-9_"
ESCAPED = {
    # Shells: POSIX XCU 2.2.1 and 2.2.3; bash's `sh_backslash_quote`.
    "inside double quotes": r"[$`\"\\]",
    "the same, with a history": r"[$`\"\\!]",
    "bash printf %q": r"[\s'\"\\|&;()<>!{}*\[\]?^$`,]",
    "bash printf %q, before 4.4": r"[\s'\"\\|&;()<>!{}*\[\]?^$`]",
    "ksh, shlex": rf"[^{_WORD}@%+=:,./\-]",
    "zsh (q)": r"[ \"#$&'()*;<>?\[\\\]^`{|}]",
    "zsh [[ x == $quoted ]]": r"[ #$()*<>?\[\\\]^|~]",
    "PHP escapeshellcmd": r"[#&;`|*?~<>^()\[\]{}$\\\n]",
    "the same, with a single quote": r"[#&;`|*?~<>^()\[\]{}$\\\n']",
    "the same, with a double quote": r"[#&;`|*?~<>^()\[\]{}$\\\n\"]",
    "the same, with both": r"[#&;`|*?~<>^()\[\]{}$\\\n'\"]",
    "Ruby Shellwords": rf"[^{_WORD}\-.,:+/@\n]",
    "Ruby Shellwords before 2.7": rf"[^{_WORD}\-.,:/@\n]",
    # Regular expressions.
    "Python re.escape": r"[()\[\]{}?*+\-|^$\\.&~# \t\n\r\v\f]",
    "Perl quotemeta": r"[^\w\u0080-\U0010ffff]",
    "PCRE quotemeta, Python re.escape before 3.7": rf"[^{_WORD}]",
    "ECMAScript by MDN, lodash; Go regexp.QuoteMeta": r"[.*+?^${}()|\[\]\\]",
    "ECMAScript, with the slash": r"[.*+?^${}()|\[\]\\/]",
    "ECMAScript, with slash and hyphen": r"[.*+?^${}()|\[\]\\/\-]",
    ".NET Regex.Escape": r"[\\*+?|{\[()^$.# ]",
    "Rust regex::escape": r"[\\.+*?()|\[\]{}^$#&\-~]",
    "PHP preg_quote": r"[.\\+*?\[^\]$(){}=!<>|:\-#]",
    "PHP preg_quote, with the slash": r"[.\\+*?\[^\]$(){}=!<>|:\-#/]",
    "Ruby Regexp.escape": r"[\[\]{}()|\-*.\\?+^$# ]",
    "bash [[ x =~ $quoted ]]": r"[.*+?^$()|\[\\{]",
    "the same, bash 5.2": r"[.*+?^$()|\[\]\\{]",
    "sed, a basic regular expression": r"[\\.*\[\]^$/]",
    # Elsewhere.
    "sed, a replacement": r"[\\&/]",
    "sed, a replacement, the slash alone": r"[&/]",
    "a slash": r"/",
    "CMake, a list": r";",
    "CMake, a command without VERBATIM": r"[ ]",
    "CMake, an argument in quotes": r"[\\\"$]",
    "the same in a list": r"[\\\"$;]",
    "java.util.Properties": r"[\\=:#!]",
    "LIKE of SQL": r"[\\%_]",
    ".pgpass": r"[\\:]",
    "Markdown, emphasis": r"[\\`*_\[\]]",
    "Markdown, underscores": r"[_*]",
    "Markdown, all of its marks": r"[\\`*_{}\[\]()#+\-.!]",
    "the same, with those of HTML and tables": r"[\\`*_{}\[\]()#+\-.!|<>~]",
    "Markdown, a table": r"[|]",
    "CommonMark, all punctuation": r"[!-/:-@\[-`{-~]",
    "Telegram MarkdownV2": r"[_*\[\]()~`>#+\-=|{}.!]",
    "pandoc": r"[\\`*_\[\]<>$~^#|@'\"]",
}
"""The expression for the characters that get a backslash, by who puts it there."""

_ZSH = ("zsh (q)", "zsh [[ x == $quoted ]]")
_ESCAPED = [re.compile(marks) for marks in dict.fromkeys(ESCAPED.values())]
_LETTERED = {ord(mark): f"\\{letter}" for mark, letter in zip("\t\n\r\f\v", "tnrfv", strict=True)}
_NAMED: tuple[dict[str, str], ...] = (
    {},
    {chr(mark): letter for mark, letter in _LETTERED.items()},
    {"\n": r"\n", "\r": r"\r"},
)
"""By character, what has a name: none, all that have one, or line ends alone."""
_ECMASCRIPT_OTHERS = re.compile(r"^[A-Za-z0-9]|[,\-=<>#&!%:;@~'`\" ]")


def backslashes(value: str) -> Iterator[str]:
    """With a backslash before each character that the writers of `ESCAPED` take for special.

    Many of them have letters for line ends, and for tabs.
    """
    there = "".join(set(value))
    for special in dict.fromkeys(frozenset(marks.findall(there)) for marks in _ESCAPED):
        escapes = {mark: f"\\{mark}" for mark in special}
        for named in _NAMED:
            yield _replaced(value, escapes | named)
    hashed = re.sub(ESCAPED["bash printf %q"], r"\\\g<0>", value)
    yield re.sub(r"^#|(?:^|(?<=[=:]))~", r"\\\g<0>", hashed)
    for zsh in _ZSH:
        text = re.sub(ESCAPED[zsh], r"\\\g<0>", value)
        yield re.sub("[\x00-\x1f\x7f]", _quoted, text)
    # Arguments of a Windows program: backslashes count only before a double quote.
    yield re.sub(r'(?<!\\)(\\*)"', r"\1\1\"", value)
    # Java's Pattern.quote cannot have its own end inside.
    yield value.replace("\\E", r"\E\\E\Q")
    yield from _ecmascript(value)


def _replaced(value: str, escapes: dict[str, str]) -> str:
    """Return what `str.translate` does, in one fast pass for each character that is escaped.

    All escapes begin with a backslash, so this one comes first.
    """
    for mark in sorted(escapes, key=lambda mark: mark != "\\"):
        value = value.replace(mark, escapes[mark])
    return value


def _quoted(match: re.Match[str]) -> str:
    """Return a control character as zsh quotes it."""
    number = f"\\{ord(match[0]):03o}"
    return f"$'{_LETTERED.get(ord(match[0]), number)}'"


def _ecmascript(value: str) -> Iterator[str]:
    r"""As `RegExp.escape` of ECMAScript 2025, and escape-string-regexp (``\x2d``), write it."""
    syntax = re.sub(r"[.*+?^${}()|\[\]\\/]", r"\\\g<0>", value)
    yield re.sub(r"[.*+?^${}()|\[\]\\]", r"\\\g<0>", value).replace("-", "\\x2d")
    others = _ECMASCRIPT_OTHERS.sub(lambda match: f"\\x{ord(match[0]):02x}", syntax)
    yield others.translate(_LETTERED)


def properties(value: str) -> Iterator[str]:
    r"""As `java.util.Properties.store` writes it: ``\=``, ``\:``, ``\#``, ``\!``, ``\u00FC``."""
    text = re.sub(r"[\\=:#!]", r"\\\g<0>", value).translate(_LETTERED)
    yield text
    data = text.encode("utf-16-be", "surrogatepass")
    units = [int.from_bytes(data[at : at + 2], "big") for at in range(0, len(data), 2)]
    yield "".join(chr(unit) if 32 <= unit < 127 else f"\\u{unit:04X}" for unit in units)  # noqa: PLR2004


def without_backslashes(value: str) -> Iterator[str]:
    r"""Without them, each of which a shell's ``read`` (XCU, without ``-r``) takes for an escape."""
    yield re.sub(r"(?s)\\(.)", r"\1", value)
