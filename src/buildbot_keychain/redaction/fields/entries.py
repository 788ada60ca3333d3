"""Files of lines that name a value each: shells, dotenv, INI, properties, YAML, curlrc, headers.

One grammar reads them all. A text is such a file if more than half of its lines are entries; blank
lines, comments, ``[section]`` and lines without a value do not count.

Sources: Docker Compose and python-dotenv (files of variables; a value in quotes may have several
lines), `java.util.Properties`, YAML 1.2 (block mappings, sequences of scalars, literal and folded
scalars), LDIF (RFC 2849: Base64 is behind two colons), curl's manual (``--config``), RFC 9110
(fields of a header).
"""

from __future__ import annotations

import re
import textwrap
from collections.abc import Iterator

from .field import Field, Role
from .keys import role_of

__all__ = ["entries", "says_nothing"]

_ENTRY = re.compile(
    r"""
    [ \t]*(?:-[ \t]+)*                                                  # items of a YAML list
    (?:(?:export|set|setx|declare|typeset|readonly|local|let|const|var|ENV|ARG|\#define|define)
      (?:[ \t]+-[A-Za-z]+)*[ \t]+)?
    (?P<open>define[ \t]*\([ \t]*|"(?=[A-Za-z_]+=))?                    # PHP; cmd: set "X=y"
    (?:\$(?:env:|\{env:)?|--?(?=[A-Za-z]))?                             # PowerShell; curl
    (?P<item>[A-Za-z_][A-Za-z0-9_.]{0,63}                               # PHP: $config["a"]["b"]
      (?:\[["']?[\w.-]{1,64}["']?\]){0,4}\[(?=["']))?
    (?P<quote>["']?)
    (?P<key>//[^\s=]{1,200}:_?[A-Za-z]+|[A-Za-z_@][A-Za-z0-9_.@/-]{0,127})
    (?P=quote)(?(item)\])\}?
    (?P<sign>[ \t]*(?:=>|:=|\?=|\+=|=|::?(?=\s|\Z))|(?<=["'])[ \t]*,(?=[ \t]*["'])
      |(?P<tight>:))[ \t]*
    (?P<value>(?:'(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*")
      (?=[ \t]*(?:[,;)]+[ \t]*)?(?:\#[^\n]*)?\r?$)|[^\n]*)
    """,
    re.VERBOSE | re.MULTILINE | re.DOTALL,
)
_CURL = re.compile(
    r"[ \t]*--?(?P<key>[A-Za-z][A-Za-z0-9-]*)[ \t]+(?P<value>[^\r\n]+)"
    r"|[ \t]*(?P<key2>user|proxy-user|oauth2-bearer|header|url|setenv|define)"
    r"[ \t]+(?P<value2>\S[^\r\n]*)"
)
# fish; csh; cmd.exe; C.
_SPACED = re.compile(
    r"[ \t]*(?:set(?:[ \t]+-[A-Za-z-]+)+|setenv|setx(?:[ \t]+/[A-Za-z])*|\#define)"
    r"[ \t]+(?P<key>[A-Za-z_][A-Za-z0-9_]{0,127})[ \t]+(?P<value>[^\r\n]+)"
)
_ITEM = re.compile(r"[ \t]*-[ \t]+(?P<value>[^\r\n]+)")
_NO_ENTRY = re.compile(
    r"(?:(?!#define\s)[#;!].*|//\s.*|\[[^\]]*\]|export[ \t]+[\w.-]+|---|\.\.\.|--?[A-Za-z][\w-]*"
    r"|silent|show-error|fail|location|insecure|compressed|globoff|verbose"  # curl
    r"|[{}\[\](),;]+|<\?php|\?>|@echo off|rem .*)?",
    re.IGNORECASE,
)
_BLOCK = re.compile(r"[|>][0-9+-]{0,2}[ \t]*(?:#.*)?")
_COMMENT = re.compile(r"[ \t]#.*")
_ESCAPE = re.compile(r"\\([\\'\"$abfnrtv])")
_ESCAPES = dict(zip("abfnrtv", "\a\b\f\n\r\t\v", strict=True))
_PROPERTY_ESCAPE = re.compile(r"\\([=:#! \\])")
_MORE = re.compile(r"[\s;&][A-Za-z_][A-Za-z_. ]{0,63}=")
_PADDING = re.compile(r"=*")


_EMPTY = re.compile(
    r"[ \t]*(?:-[ \t]+)*(?:export[ \t]+|set[ \t]+)?[\"']?[\w.@/-]+[\"']?[ \t]*[=:]"
    r"(?:[ \t]*(?:\"\"|''|[|>][0-9+-]{0,2}|\{\}|\[\]))?[ \t]*[,;]?"
)


def says_nothing(line: str) -> bool:
    """Return whether a line (str) of such a file has no value: a comment, a section, ``KEY=``."""
    return (_NO_ENTRY.fullmatch(line.strip()) or _EMPTY.fullmatch(line)) is not None


def entries(value: str, *, alone: bool = True) -> list[Field]:
    """Return the fields of a text of entries, none if it is not one.

    A value without quotes is given with and without a comment behind it, one in quotes with its
    escapes as they are and read. If a text of one line is all there is (`alone`), it must not look
    more like a password.
    """
    found: list[Field] = []
    matched = others = at = 0
    parent = ""
    alone = alone and "\n" not in value.strip()
    while at <= len(value) and len(found) < _MOST:
        end = _line_end(value, at)
        line = value[at:end]
        if _NO_ENTRY.fullmatch(line.strip()):
            at = end + 1
            continue
        match = (
            _ENTRY.match(value, at)
            or _SPACED.match(value, at, end)
            or _CURL.match(value, at, end)
            or _ITEM.match(value, at, end)
        )
        if match is None:
            others += 1
            at = end + 1
            continue
        named = match.groupdict()
        key = named.get("key") or named.get("key2") or parent
        text = (named.get("value") or named.get("value2") or "").strip()
        matched += 1
        at = _line_end(value, match.end()) + 1
        if match.re is _ENTRY and not _is_entry(match, text, alone=alone):
            others += 1
            matched -= 1
        elif _BLOCK.fullmatch(text):
            block, at = _block(value, at, len(line) - len(line.lstrip()))
            found.append(Field(block, key, role_of(key)))
        elif not text:
            parent = key
            found.append(Field("", key, role_of(key)))
        else:
            found += _fields(key, text, opened=named.get("open") or "")
    return found if matched > others else []


_MOST = 4096


def _line_end(value: str, at: int) -> int:
    end = value.find("\n", at)
    return len(value) if end < 0 else end


def _is_entry(match: re.Match[str], text: str, *, alone: bool) -> bool:
    """Return whether what looks like an entry is more likely one than a password."""
    secret = role_of(match["key"]) is Role.SECRET
    if match["tight"]:  # a colon without a blank behind it
        return not text.startswith("//") and (secret or not alone)
    if not alone or match["sign"].strip() != "=":
        return True
    if _MORE.search(text) and _unquoted(text) is None:
        return False  # settings of a connection
    if match["sign"] != "=":
        return True
    # Base64 ends in "="; a variable has no "-" in its name.
    padding = _PADDING.fullmatch(text) is not None
    return not padding and (secret or "-" not in match["key"])


def _fields(key: str, text: str, *, opened: str) -> Iterator[Field]:
    """Yield what a value stands for: without quotes, escapes and comments."""
    role = role_of(key)
    if opened == '"':
        text = text.rstrip().removesuffix('"')
    elif opened:
        text = text.rstrip("; \t").removesuffix(")").rstrip()
    stripped = text.rstrip(",; \t")
    inside = _unquoted(stripped)
    if inside is None:
        texts = [text, _COMMENT.sub("", text), stripped, _PROPERTY_ESCAPE.sub(r"\1", text)]
    else:
        texts = [inside, _ESCAPE.sub(_unescaped, inside)]
        if stripped[0] == "'":
            texts.append(inside.replace("''", "'"))
        if "\n" in inside:
            # For some readers every line is an entry, and quotes are nothing.
            lines = (_ENTRY.match(line) for line in inside.splitlines())
            texts += [match["value"] for match in lines if match and match["sign"].strip() == "="]
    for one in dict.fromkeys(one.strip() if inside is None else one for one in texts):
        yield Field(one, key, role)


def _unquoted(text: str) -> str | None:
    if len(text) > 1 and text[0] == text[-1] and text[0] in "'\"":
        return text[1:-1]
    return None


def _unescaped(escape: re.Match[str]) -> str:
    return _ESCAPES.get(escape[1], escape[1])


def _block(value: str, at: int, indent: int) -> tuple[str, int]:
    """Return the lines from a place on that are indented more, and where they end."""
    start = at
    while at < len(value):
        end = _line_end(value, at)
        line = value[at:end]
        if line.strip() and len(line) - len(line.lstrip()) <= indent:
            break
        at = end + 1
    return textwrap.dedent(value[start:at]).rstrip("\n"), at
