"""Reads TOML 1.0 with the standard library, or with ``tomli`` before Python 3.11."""

from __future__ import annotations

import re
import sys
from typing import Any

from buildbot_keychain.formats._entries import (
    NESTED_TOO_DEEPLY,
    Entries,
    Malformed,
    flattened,
    number,
)

_MAX_PARTS = 20
"""Of a dotted key: the parser takes time and memory with the square of their number, or more."""

# Each also matches what is not closed, so that nothing is scanned again and again.
_LONG_TEXT = r'"""[^"\\]*(?:(?:\\.|""?(?!"))[^"\\]*)*(?:"{3,5}|\\?"{0,2}\Z)'
_LONG_LITERAL = r"\'\'\'.*?(?:\'{3,5}|\Z)"
_COMMENT = r"#[^\n]*"
_BARE = r"[\w-]+"
_TEXT = r'"[^"\\\n]*(?:\\.[^"\\\n]*)*(?:"|\\?(?=\n|\Z))'
_LITERAL = r"'[^'\n]*(?:'|(?=\n|\Z))"
_PART = f"(?:{_BARE}|{_TEXT}|{_LITERAL})"
_LONG_KEY = rf"({_PART}(?:[ \t]*\.[ \t]*{_PART}){{{_MAX_PARTS}}})"
_TOKENS = re.compile(
    f"{_LONG_TEXT}|{_LONG_LITERAL}|{_COMMENT}|{_LONG_KEY}|{_PART}", re.DOTALL | re.ASCII
)

_LINE = re.compile(r"\(at line (\d+), column \d+\)$")


def read_toml(text: str) -> Entries:
    """Return the entries of a TOML document.

    :raise Malformed: when it is not TOML, or nested too deeply.
    """
    return flattened(toml_document(text))


def toml_document(text: str) -> dict[str, Any]:
    """Return a TOML document as it is written.

    :raise Malformed: when it is not TOML, or nested too deeply.
    """
    # Before it is parsed: the parser has no limits.
    if any(found[1] for found in _TOKENS.finditer(text)):
        msg = f"it has a key of more than {_MAX_PARTS} parts"
        raise Malformed(msg)
    if sys.version_info >= (3, 11):
        import tomllib as library  # noqa: PLC0415 - the alternative is optional
    else:
        import tomli as library  # noqa: PLC0415 - an optional dependency

    try:
        document: dict[str, Any] = library.loads(text, parse_float=number)
    except RecursionError as error:
        raise Malformed(NESTED_TOO_DEEPLY) from error
    except ValueError as error:
        line = _LINE.search(str(error))
        msg = f"it is not TOML, {f'at line {line[1]}' if line else 'at its end'}"
        raise Malformed(msg) from error
    return document
