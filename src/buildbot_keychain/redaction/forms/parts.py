"""The parts of a value that are secrets of their own.

A key file is printed a line at a time, a credentials file is read for one of its fields, a database
address is taken apart for its password. Each function here takes a value and yields such parts,
unjudged: the length rule is applied to every part afterwards. None of them fails on odd input.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Iterator
from urllib.parse import unquote, unquote_plus

from buildbot_keychain.redaction.protection import ANYWHERE_LENGTH, is_boilerplate

__all__ = [
    "PARTS",
    "Part",
    "dotenv_values",
    "json_leaves",
    "lines",
    "unquoted",
    "url_passwords",
]

Part = Callable[[str], Iterable[str]]
"""Takes a value, yields the parts of it that must be hidden on their own."""

# A JSON line that only opens or closes something, with or without the key in front of it.
_STRUCTURE = re.compile(r"[\s{}\[\](),:;]*(?:\"[^\"]*\"\s*:[\s{}\[\](),:;]*)?")
# Files of variables as Docker Compose and python-dotenv read them; a value in quotes may have
# several lines. https://docs.docker.com/compose/how-tos/environment-variables/variable-interpolation/
# and https://github.com/theskumar/python-dotenv#file-format
_ASSIGNMENT = re.compile(
    r"^[ \t]*(?:export[ \t]+)?([A-Za-z_][A-Za-z0-9_.-]*)[ \t]*=[ \t]*"
    r"((?:'(?:[^'\\]|\\.)*'|\"(?:[^\"\\]|\\.)*\")(?=[ \t]*(?:#.*)?\r?$)|.*)",
    re.MULTILINE,
)
_LINE = re.compile(
    r"^[ \t]*(?:export[ \t]+)?[A-Za-z_][A-Za-z0-9_.-]*[ \t]*=[ \t]*(.*)",
    re.MULTILINE,
)
_NO_ENTRY = re.compile(r"#.*|\[.*\]|export[ \t]+[A-Za-z0-9_.-]+|")
_COMMENT = re.compile(r"[ \t]#.*")
_ESCAPE = re.compile(r"\\([\\'\"$abfnrtv])")
_ESCAPES = dict(zip("abfnrtv", "\a\b\f\n\r\t\v", strict=True))
# RFC 3986 section 3.2.1: userinfo stands between "//" and "@"; the user ends at the first colon.
_USERINFO = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*://[^\s/?#@:]*:([^\s/]*)@")
# A token in place of the user, as GitHub, Azure DevOps and Stripe take it; it has a digit.
_TOKEN = re.compile(
    r"https?://(?=[^\s/?#@:\d]*\d)([^\s/?#@:]{16,})(?::(?:x-oauth-basic)?)?@",
    re.IGNORECASE,
)
_FILLER = "x-oauth-basic"
# Connection strings of libpq, ODBC, ADO.NET and Azure, npm's settings: password=..., pwd=...
_KEYWORD = re.compile(
    r"(?:^|[\s;?&:])"
    r"(?:password|passwd|pwd|accountkey|sharedaccesskey|access_token|_authtoken|_password)"
    r"\s*=\s*(?:'([^']*)'|\"([^\"]*)\"|([^\s;&'\"]+))",
    re.IGNORECASE,
)
# ODBC: what has a semicolon stands in braces, in which a closing one is doubled.
_BRACES = re.compile(
    r"(?:^|;)\s*(?:password|pwd)\s*=\s*\{((?:[^}]|\}\}){1,256})\}\s*(?:;|$)",
    re.IGNORECASE,
)
# go-sql-driver and friends: user:password@tcp(host)/database
_BARE = re.compile(r"[^\s:/@]+:([^\s/]+)@(?:[a-z]+\()?[A-Za-z0-9.\[-]")


def lines(value: str) -> Iterator[str]:
    """Each line of a multi-line value of at least eight characters that is not mere structure."""
    pieces = re.split(r"[\r\n]+", value)
    if len(pieces) < 2:  # noqa: PLR2004 - "more than one line"
        return
    for piece in pieces:
        line = piece.strip()
        if len(line) < ANYWHERE_LENGTH or is_boilerplate(line) or _STRUCTURE.fullmatch(line):
            continue
        yield line


def json_leaves(value: str) -> Iterator[str]:
    """Every string of a JSON document (RFC 8259) that is an object or an array, keys left out."""
    if value.lstrip()[:1] not in ("{", "["):
        return
    try:
        pending = [json.loads(value)]
    except (ValueError, RecursionError):
        return
    while pending:
        node = pending.pop()
        if isinstance(node, str):
            yield node
        elif isinstance(node, dict):
            pending.extend(node.values())
        elif isinstance(node, list):
            pending.extend(node)


def dotenv_values(value: str) -> Iterator[str]:
    """The right-hand sides of ``NAME=value`` lines when more than half of the lines are such.

    Blank lines, comments, ``[section]`` and ``export NAME`` do not count. A value without quotes is
    given with and without a comment behind it, one in quotes with its escapes as they are and read.
    """
    found = [(match[1], match[2].strip()) for match in _ASSIGNMENT.finditer(value)]
    others = [
        line
        for line in _ASSIGNMENT.sub("", value).splitlines()
        if not _NO_ENTRY.fullmatch(line.strip())
    ]
    if len(found) <= len(others):
        return
    if len(found) == 1 and "-" in found[0][0] and "\n" not in value.strip():
        return  # a password more likely than a variable of that name
    for _, text in found:
        inside = next(unquoted(text), None)
        if inside is None:
            yield from dict.fromkeys((text, _COMMENT.sub("", text)))
            continue
        yield from dict.fromkeys((inside, _ESCAPE.sub(_unescaped, inside)))
        if "\n" in inside:
            # For some readers every line is an entry, and quotes are nothing.
            yield from (match[1] for match in _LINE.finditer(inside))


def _unescaped(escape: re.Match[str]) -> str:
    return _ESCAPES.get(escape[1], escape[1])


def url_passwords(value: str) -> Iterator[str]:
    """The password in a URL or a data source name, as written and percent-decoded (RFC 3986).

    A token is given too, where it stands as the user without a password or is named like one.
    """
    addresses = [line for line in value.splitlines() if len(line) <= _LONGEST_ADDRESS]
    matches = [
        match
        for line in addresses
        for find in (_USERINFO, _TOKEN, _KEYWORD, _BRACES)
        for match in find.finditer(line)
    ]
    for match in (*matches, *_whole(value)):
        password = next((group for group in match.groups() if group), "")
        if password.lower() == _FILLER:
            continue
        yield password
        if "}}" in password:
            yield password.replace("}}", "}")
        if "%" in password or "+" in password:
            yield unquote(password)
            yield unquote_plus(password)


_LONGEST_ADDRESS = 8192


def _whole(value: str) -> Iterator[re.Match[str]]:
    match = _BARE.match(value.strip()) if len(value) <= _LONGEST_ADDRESS else None
    if match is not None and "://" not in value:
        yield match


def unquoted(value: str) -> Iterator[str]:
    """What stands inside the quotes of a value that was stored with quotes around it."""
    if len(value) > 1 and value[0] == value[-1] and value[0] in "'\"":
        yield value[1:-1]


PARTS: tuple[Part, ...] = (json_leaves, dotenv_values, url_passwords, unquoted)
"""The parts that are treated like a value of their own, with all their encodings."""
