"""Files with a grammar of their own: JSON, XML, netrc, pgpass, PEM."""

from __future__ import annotations

import html
import json
import re
from collections.abc import Iterator, Mapping

from .field import Field, Role
from .key_members import role_of_member
from .keys import role_of

__all__ = ["json_document", "json_lines", "netrc", "pem", "pgpass", "xml_document"]

_MOST = 4096

# RFC 7468 section 2, RFC 4716 section 3.
_SECTION = re.compile(
    r"-----BEGIN ([^\r\n-]{1,64})-----(?:(?!-----BEGIN ).)*?-----END \1-----"
    r"|---- BEGIN ([^\r\n-]{1,64}) ----(?:(?!---- BEGIN ).)*?---- END \2 ----",
    re.DOTALL,
)
_PUBLIC_SECTION = re.compile(r"CERTIFICATE|PUBLIC KEY|CRL|PARAMETERS|PKCS7|CMS|SIGNATURE|SIGNED")


def json_document(value: str) -> list[Field]:
    """Return every string and number of a JSON text (RFC 8259) that is an object or an array.

    A line of one is read as well: ``"key": "value",``.
    """
    start = value.lstrip()[:1]
    if start == '"' and "\n" not in value.strip() and '":' in value.replace(" ", ""):
        value = f"{{{value.strip().rstrip(',')}}}"
    elif start not in ("{", "["):
        return []
    try:
        document = json.loads(value, parse_int=_Number, parse_float=_Number)
    except (ValueError, RecursionError):
        return []
    return list(_leaves(document))


def json_lines(value: str) -> list[Field]:
    """Return the same of a text each line of which is such a text (ndjson.org)."""
    lines = [line for line in value.splitlines() if line.strip()]
    found: list[Field] = []
    for line in lines:
        fields = json_document(line)
        if not fields:
            return []
        found += fields
    return found[:_MOST]


class _Number(str):
    """A number as it was written."""

    __slots__ = ()


def _leaves(document: object) -> Iterator[Field]:
    pending: list[tuple[object, str, Role]] = [(document, "", Role.UNKNOWN)]
    count = 0
    while pending and count < _MOST:
        node, key, role = pending.pop()
        if isinstance(node, str):
            count += 1
            yield Field(str(node), key, role)
        elif isinstance(node, dict):
            kind = _kind_of_key(node)
            pending += [
                (below, name, role_of_member(kind, name) or _role(name, role))
                for name, below in reversed(node.items())
            ]
        elif isinstance(node, list):
            pending += [(below, key, role) for below in reversed(node)]


def _kind_of_key(node: Mapping[str, object]) -> str:
    """Return the type of a private key that is a JSON object; empty if it is another one."""
    kind = node.get("kty")
    if isinstance(kind, str) and any(role_of_member(kind, name) is Role.SECRET for name in node):
        return str(kind)
    return ""


def _role(key: str, outer: Role) -> Role:
    """Return the role of a member of something that has one."""
    role = role_of(key)
    return outer if role is Role.UNKNOWN and outer is Role.SECRET else role


_ELEMENT = re.compile(
    r"<\??([A-Za-z_][\w.:-]*)((?:\s[^<>]*)?)>(?:([^<>]*)</|<!\[CDATA\[((?:(?!<!\[CDATA\[).)*?)\]\]>|)",
    re.DOTALL,
)
_ATTRIBUTE = re.compile(r"(?<![\w.:-])([A-Za-z_][\w.:-]*)\s*=\s*(?:\"([^\"]*)\"|'([^']*)')")
_KEYS_IN_XML = ("RSAKeyValue", "DSAKeyValue")
_NAMING = frozenset({"key", "name", "id"})


def xml_document(value: str) -> list[Field]:
    """Return the attributes and the texts of elements of an XML text: Maven, NuGet, web.config.

    ``<add key="Password" value="x"/>`` names its value in another attribute, a property list of
    Apple's in the element before: ``<key>Password</key><string>x</string>``.
    """
    start = value.lstrip("\ufeff \t\r\n")
    if start[:1] != "<" or ">" not in start:
        return []
    found: list[Field] = []
    kind = next((name for name in _KEYS_IN_XML if f"<{name}>" in value), "")
    before = ""
    for match in _ELEMENT.finditer(value):
        attributes = {
            name: html.unescape(double or single)
            for name, double, single in _ATTRIBUTE.findall(match[2])
        }
        name = next((text for key, text in attributes.items() if key.lower() in _NAMING), before)
        before = ""
        for key, text in attributes.items():
            if key.lower() == "value" and name:
                found.append(Field(text, name, role_of(name)))
            else:
                naming = key.lower() in _NAMING and len(attributes) > 1
                found.append(Field(text, key, Role.PUBLIC if naming else role_of(key)))
        text = match[4] if match[4] is not None else html.unescape(match[3] or "")
        if text.strip():
            key = (
                name
                if match[1].lower() in ("string", "entry", "property", "value") and name
                else match[1]
            )
            found.append(Field(text.strip(), key, role_of_member(kind, key) or role_of(key)))
            before = text.strip() if match[1] == "key" else ""
        if len(found) > _MOST:
            break
    return found


# A whole file, or a line of one.
_NETRC = re.compile(
    r"\s*(?:(?:machine\s+\S+|default)\s|(?:login\s+\S+\s+)?password\s+(?:\S+|\".*\")\s*\Z"
    r"|(?:machine|login|account)\s+\S+\s*\Z)"
)
_WORD = re.compile(r"\"((?:[^\"\\]|\\.)*)\"|(\S+)")
_NETRC_PUBLIC = frozenset({"machine", "login", "account"})


def netrc(value: str) -> list[Field]:
    """Return the fields of a netrc file (GNU inetutils, "The .netrc file"; curl reads quotes)."""
    text = re.sub(r"(?m)^[ \t]*#.*", "", value)
    if not _NETRC.match(text):
        return []
    words = [quoted or bare for quoted, bare in _WORD.findall(text)]
    found: list[Field] = []
    at = 0
    while at + 1 < len(words) and len(found) < _MOST:
        keyword = words[at]
        if keyword in _NETRC_PUBLIC:
            found.append(Field(words[at + 1], keyword, Role.PUBLIC))
        elif keyword in ("password", "passwd"):
            found.append(Field(words[at + 1], keyword, Role.SECRET))
        else:
            at -= 1
        at += 2
    return found


_PGPASS = re.compile(
    r"((?:[^:\\\s]|\\.)+):((?:\d{1,5}|\*)):((?:[^:\\\n]|\\.)+):((?:[^:\\\n]|\\.)+):((?:[^\\\n]|\\.)+)"
)
_PGPASS_KEYS = ("hostname", "port", "database", "username", "password")


def pgpass(value: str) -> list[Field]:
    """Return the fields of a password file of PostgreSQL (manual, section 34.16)."""
    found = []
    for line in value.splitlines():
        if not line.strip() or line.lstrip().startswith("#"):
            continue
        match = _PGPASS.fullmatch(line.strip())
        if match is None:
            return []
        for key, text in zip(_PGPASS_KEYS, match.groups(), strict=True):
            role = role_of(key)
            found += [
                Field(one, key, role)
                for one in dict.fromkeys((text, re.sub(r"\\(.)", r"\1", text)))
            ]
    return found[:_MOST]


def pem(value: str) -> list[Field]:
    """Return the sections of a text in PEM: a private key is secret, a certificate is public."""
    found: list[Field] = []
    if not value.lstrip().startswith("----"):
        return found
    for match in _SECTION.finditer(value):
        label = match[1] or match[2]
        role = Role.PUBLIC if _PUBLIC_SECTION.search(label) else Role.SECRET
        found.append(Field(match[0], label.lower(), role))
    return found[:_MOST]
