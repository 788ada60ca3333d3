"""Which fields and lines of a value are hidden on their own, and how many bits are secret in it."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator

from buildbot_keychain.redaction.protection import ANYWHERE_LENGTH, is_boilerplate, is_literal
from buildbot_keychain.redaction.strength import OPEN_BITS, bits
from buildbot_keychain.redaction.words import WORDS, is_common_word

from .armour import without_armour
from .entries import says_nothing
from .field import Field, Role
from .formats import fields_and_lines, fields_of
from .keys import role_of

__all__ = ["PARTS", "Part", "secret_bits", "secret_fields", "secret_lines"]

Part = Callable[[str], Iterable[str]]
"""Takes a value, yields the parts of it that must be hidden on their own."""

# A JSON line that only opens or closes something, with or without the key in front of it.
_STRUCTURE = re.compile(r"[\s{}\[\](),:;]*(?:\"[^\"]*\"\s*:[\s{}\[\](),:;]*)?")
_REFERENCE = re.compile(r"\$\{[^}]*\}|\$\([^)]*\)|\$\w+|%\w+%|\{\{[^}]*\}\}|<[\w -]+>")
_AROUND = " \t,-\"'"
"""What stands around an item of a list."""
_COMMENT = re.compile(r"\s*(?:#+|;+|//|<!--)(?:\s.*|\Z)")
_TAG = re.compile(r"<[/?!]?[\w.:-]+[\s/?]*>")
# What is chosen from few: numbers, times, addresses, hosts, files.
_NAME = re.compile(
    r"[+-]?\d[\d.,:TZ+_ -]*"
    r"|[A-Za-z][A-Za-z0-9+.-]*://\S*"
    r"|[^\s@/:]+@[\w.-]+"
    r"|(?:[\w-]+\.)+[A-Za-z]{2,24}(?::\d+)?(?:/\S*)?"
    r"|(?:[A-Za-z]:)?[~.]{0,2}[\\/]\S*"
)
# Of the JVM, Node and compilers; a value is a word, a number, a size or an encoding.
_CHOSEN = r"(?:=(?:[A-Za-z.]{1,7}|\d[\d.]{0,6}[kKmMgG]?|UTF-?\d{1,2}))"
_OPTION = re.compile(
    rf"-X[a-z]+\d*[kKmMgG]?|-XX:[+-]?[A-Za-z0-9]+{_CHOSEN}?|-D[\w.]+{_CHOSEN}"
    rf"|-[A-Za-z]\d?|-[Wfm][a-z][a-z=-]*|--[a-z][a-z-]*{_CHOSEN}?"
)
# OpenSSH's, which may stand behind a host; RFC 4253 section 6.6.
_PUBLIC_KEY = re.compile(
    r"(?:\S+ )?(?:sk-)?(?:ssh|ecdsa)-[a-z0-9@.-]+ AAAA[A-Za-z0-9+/]+=*(?: .*)?"
)
_ADDRESSEE = re.compile(r"[\w .-]+<[^\s@<>/:]+@[\w.-]+>")
_PATH = re.compile(r"(?:[A-Za-z]:|\$\{[\w.]+\})?[~.]{0,2}[\\/]\S*")
_TOKEN = re.compile(r"[A-Za-z0-9]+")
_BETWEEN = re.compile(r"[A-Za-z0-9\s_./:@,!?=*^~<>()&|+-]*")
_PLAIN_BITS = 36.0


def secret_fields(value: str) -> Iterator[str]:
    """Yield the fields of a value (str) that are hidden on their own."""
    for field in fields_of(value):
        if can_be_secret(field):
            yield field.text


PARTS: tuple[Part, ...] = (secret_fields,)
"""The parts that are treated like a value of their own, with all their encodings."""


def secret_lines(value: str) -> Iterator[str]:
    """Yield the lines of a value (str) of several lines that are hidden on their own.

    They have at least eight characters and are neither mere structure nor entries without a secret.
    """
    pieces = [piece.strip() for piece in re.split(r"[\r\n]+", value)]
    if len(pieces) < 2:  # noqa: PLR2004 - "more than one line"
        return
    fields, fields_of_line = fields_and_lines(value)
    harmless = {
        line.strip()
        for field in fields
        if not can_be_secret(field)
        for line in field.text.splitlines()
    }
    for line in pieces:
        if len(line) < ANYWHERE_LENGTH or is_boilerplate(line) or _STRUCTURE.fullmatch(line):
            continue
        named = line in harmless or line.strip(_AROUND) in harmless
        if not fields or not (named or _is_public(line, fields_of_line)):
            yield line


def secret_bits(value: str, fields: Iterable[Field] | None = None) -> float:
    """Return the bits of what is secret in a value, a line of one or a field (str).

    That is the least of what the fields are worth that may be secret, 0 if there are none; without
    a structure, what the text is worth.

    :param fields: those of the value, if they are known.
    """
    fields = fields_of(value) if fields is None else fields
    if not fields:
        return 0.0 if _COMMENT.fullmatch(value) else bits(without_armour(value))
    return min(
        (
            bits(without_armour(field.text))
            for field in fields
            if field.role is not Role.PUBLIC
            and not (field.inside or _is_nothing(field.text) or _is_path_of_key(field))
        ),
        default=0.0,
    )


def can_be_secret(field: Field) -> bool:
    """Return whether a field is hidden on its own."""
    text = field.text.strip()
    if _is_nothing(text) or _PUBLIC_KEY.fullmatch(text) or _is_path_of_key(field):
        return False
    if field.role is Role.SECRET or any(map(can_be_secret, field.inside)):
        return True
    if field.role is Role.PUBLIC:
        if text.startswith("----") or field.inside or _is_plain(text):
            return False  # the first is a certificate
        return bits(text) >= OPEN_BITS
    return not _is_plain(text)


def _is_nothing(text: str) -> bool:
    """Return whether a text stands for nothing, or for what stands elsewhere."""
    text = text.strip()
    return not text or is_literal(text) or _REFERENCE.fullmatch(text) is not None


def _is_path_of_key(field: Field) -> bool:
    """Return whether a field says where a private key is, as in Maven's settings."""
    path = _PATH.fullmatch(field.text) if field.key.lower().endswith("privatekey") else None
    return path is not None and bits(field.text) < OPEN_BITS


def _is_plain(text: str) -> bool:
    """Return whether a text is short, or chosen from few: a word, a number, a name."""
    if len(text) < ANYWHERE_LENGTH or is_common_word(text):
        return True
    if "\n" in text or "\r" in text:
        return False
    if _NAME.fullmatch(text) or _ADDRESSEE.fullmatch(text):
        return bits(text) < OPEN_BITS
    names = text.split(",")
    if all(_NAME.fullmatch(name) and "@" not in name and bits(name) < OPEN_BITS for name in names):
        return True
    if all(map(_says_no_secret, text.split())):
        return True
    words = _BETWEEN.fullmatch(text) and all(map(_is_word, _TOKEN.findall(text)))
    return bool(words) and bits(text) < _PLAIN_BITS


def _says_no_secret(word: str) -> bool:
    """Return whether a word is an option with a short value, and not that of a password."""
    option = _OPTION.fullmatch(word) is not None
    return option and role_of(word.removeprefix("-D")) is not Role.SECRET


def _is_word(token: str) -> bool:
    return (
        token.isalpha()
        or (token.isdigit() and len(token) < ANYWHERE_LENGTH // 2 + 1)
        or token.lower() in WORDS
    )


def _is_public(line: str, fields_of_line: Callable[[str], Iterable[Field]]) -> bool:
    """Return whether a line of a structured value has no secret in it."""
    if _COMMENT.match(line):
        line = line.lstrip("#;/<!- \t")
        return bits(line) < OPEN_BITS and not any(map(can_be_secret, fields_of_line(line)))
    if _TAG.fullmatch(line) or (says_nothing(line) and bits(line) < _PLAIN_BITS):
        return True
    fields = list(fields_of_line(line))
    if not any(field.text.strip("= ") for field in fields):
        return False  # Base64 may end in "="
    return not any(map(can_be_secret, fields))
