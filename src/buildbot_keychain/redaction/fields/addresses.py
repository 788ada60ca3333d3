"""What stands on one line: addresses with passwords or tokens in them, and values of headers.

Sources: RFC 3986 (URLs), RFC 7617 and 6750 (Basic, Bearer), the manuals of libpq, ODBC, ADO.NET,
go-sql-driver, Oracle's JDBC, npm and Azure's and AWS's signed addresses.
"""

from __future__ import annotations

import base64
import re
from collections.abc import Iterator
from urllib.parse import unquote, unquote_plus

from buildbot_keychain.redaction.strength import OPEN_BITS, bits

from .field import Field, Role
from .keys import role_of

__all__ = [
    "address",
    "addresses",
    "cookies",
    "credentials",
    "decoded",
    "header",
    "in_base64",
    "quoted",
    "user_and_password",
]

_LONGEST = 8192
_LARGEST_FILE = 65_536

# RFC 3986 section 3.2.1: userinfo stands between "//" and "@"; the user ends at the first colon.
_USERINFO = re.compile(r"[A-Za-z][A-Za-z0-9+.-]{0,31}://[^\s/?#@:]*:([^\s/]*)@")
# A token in place of the user, as GitHub, Azure DevOps, Stripe and Heroku's Redis take it.
_TOKEN = re.compile(
    r"([A-Za-z][A-Za-z0-9+.-]{0,31})://([^\s/?#@:]{8,})(?::(?:x-oauth-basic)?)?@",
)
_FILLER = "x-oauth-basic"
# scheme://id:secret, without a host
_NO_HOST = re.compile(r"[A-Za-z][A-Za-z0-9+.-]{0,31}://[^\s/?#@:]+:([^\s/?#@:]{5,})/?")
# jdbc:oracle:thin:user/password@host
_ORACLE = re.compile(r"jdbc:oracle:[a-z0-9]{1,8}:[^\s/@]{1,128}/(\"[^\"]{1,256}\"|[^\s@]{1,256})@")
# Parameters of addresses, settings of libpq, ODBC, ADO.NET and Azure, npm's settings.
_PARAMETER = re.compile(
    r"(?:^|[\s;?&#:{,])([A-Za-z_$][A-Za-z0-9_.$-]*(?: [A-Za-z]+)?)\s*=\s*"
    r"(?:'([^']*)'|\"([^\"]*)\"|([^\s;&'\"]+))"
)
# The same between commas: options of mount, StackExchange.Redis.
_LISTED = re.compile(
    r"(?:^|[\s,])([A-Za-z_][A-Za-z0-9_.-]*)=([^\s,;&'\"]+)(?=,[A-Za-z_ ][A-Za-z0-9_. -]*=)"
    r"|,\s?([A-Za-z_][A-Za-z0-9_.-]*)=([^\s,;&'\"]+)"
)
# Addresses of hooks of Slack, Discord, Mattermost, Teams and Zapier, and of Telegram's bots.
_HOOK = re.compile(r"https?://(?:[^\s?#'\"]{0,256}hook|api\.telegram\.org/bot)[^\s?#'\"]*")
# ODBC: what has a semicolon stands in braces, in which a closing one is doubled.
_BRACES = re.compile(
    r"(?:^|;)\s*(?:password|pwd)\s*=\s*\{((?:[^}]|\}\}){1,256})\}\s*(?:;|$)",
    re.IGNORECASE,
)
# go-sql-driver and friends: user:password@tcp(host)/database
_BARE = re.compile(r"[^\s:/@]+:([^\s/]+)@(?:[a-z]+\()?[A-Za-z0-9.\[-]")
_ALWAYS_SECRET = frozenset({"key", "sig", "code", "x-amz-signature", "x-goog-signature"})
"""Parameters of addresses that are secrets there and need not be elsewhere."""


def address(value: str) -> list[Field]:
    """Return the secrets in a URL or a data source name, as written and percent-decoded.

    A token is one where it stands as the user without a password or is named like one.
    """
    if len(value) > _LONGEST or not (":" in value or "=" in value) or "\n" in value.strip():
        return []
    return list(_variants(_secrets(value.strip())))


def addresses(value: str) -> list[Field]:
    """Return the secrets in the addresses on any lines of a text."""
    return [field for line in value.splitlines() for field in address(line)]


def _secrets(line: str) -> Iterator[tuple[str, str]]:
    """Yield the secrets in a line, each after what it is called."""
    for find in (_USERINFO, _BRACES, _ORACLE):
        yield from (("password", match[1].strip('"')) for match in find.finditer(line))
    for match in _TOKEN.finditer(line):
        if _is_token(match[1].lower(), match[2]):
            yield "token", match[2]
    alone = _NO_HOST.fullmatch(line) if "://" in line else _BARE.match(line)
    if alone and not alone[1].isdigit():
        yield "password", alone[1]
    yield from _parameters(line)
    for match in _HOOK.finditer(line):
        for segment in match[0].split("/")[3:]:
            if bits(segment) >= OPEN_BITS:
                yield "webhook", segment.removeprefix("bot")


def _parameters(line: str) -> Iterator[tuple[str, str]]:
    """Yield the parameters and settings in a line that are named like secrets."""
    for match in _PARAMETER.finditer(line):
        key = match[1]
        if role_of(key) is Role.SECRET or key.lower() in _ALWAYS_SECRET:
            yield key, next((text for text in match.groups()[1:] if text), "")
    for match in _LISTED.finditer(line) if "," in line else ():
        key = match[1] or match[3]
        if role_of(key) is Role.SECRET:
            yield key, match[2] or match[4]


def _is_token(scheme: str, user: str) -> bool:
    """Return whether what stands in the place of a user is more likely a token."""
    if scheme in ("redis", "rediss", "nats"):
        return True
    long = len(user) >= _LONG_USER and any(map(str.isdigit, user))
    return long if scheme in ("http", "https") else bits(user) >= OPEN_BITS


_LONG_USER = 16


def _variants(found: Iterator[tuple[str, str]]) -> Iterator[Field]:
    for key, text in found:
        if not text.strip("=") or text.lower() == _FILLER:
            continue
        texts = [text]
        if "#" in text:
            texts.append(text.partition("#")[0])
        if "}}" in text:
            texts.append(text.replace("}}", "}"))
        if "%" in text or "+" in text:
            texts += [unquote(text), unquote_plus(text)]
        for one in dict.fromkeys(texts):
            yield Field(one, key, Role.SECRET)


# RFC 9110 section 11.4: a scheme, blanks, a token or parameters.
_HEADER = re.compile(
    r"(?:(?:proxy-)?authorization\s*:\s*)?"
    r"(bearer|basic|token|negotiate|apikey|digest|splunk|bot)\s+(\S+)",
    re.IGNORECASE,
)
# RFC 7616 section 3.4
_DIGEST = re.compile(r"(?:(?:proxy-)?authorization\s*:\s*)?digest\s+(\w+=.+)", re.IGNORECASE)
_DIGEST_PARAMETER = re.compile(r"\b(\w{1,32})=(?:\"([^\"]*)\"|([^\s,\"]+))")


def header(value: str) -> list[Field]:
    """Return the token in the value of a header: ``Bearer x``; of ``Basic x`` the password too.

    Of ``Digest`` only the response is secret.
    """
    line = value.strip()
    if digest := _DIGEST.fullmatch(line[:_LONGEST]):
        return [
            Field(quoted or bare, key, Role.SECRET if key == "response" else Role.PUBLIC)
            for key, quoted, bare in _DIGEST_PARAMETER.findall(digest[1])
        ]
    match = _HEADER.fullmatch(line) if len(line) <= _LONGEST else None
    if match is None:
        return []
    text = match[2].strip().strip("\"'")
    inside = tuple(credentials(text)) if match[1].lower() == "basic" else ()
    return [Field(text, match[1].lower(), Role.SECRET, inside)]


def credentials(value: str) -> list[Field]:
    """Return user and password of what is their Base64 (RFC 7617): docker's ``auth``."""
    text = decoded(value)
    return user_and_password(text) if text else []


def in_base64(value: str) -> list[Field]:
    """Return the text of which a value is the Base64, in lines or not: a file in a variable."""
    text = decoded("".join(value.split()), _LARGEST_FILE)
    return [Field(text)] if text else []


def decoded(value: str, longest: int = _LONGEST) -> str:
    """Return the readable text of which a value is the Base64; empty if there is none."""
    text = value.strip()
    if not (_SHORTEST <= len(text) <= longest) or len(text) % 4:
        return ""
    try:
        plain = base64.b64decode(text, validate=True).decode("utf-8")
    except ValueError:
        return ""
    readable = all(character.isprintable() or character.isspace() for character in plain)
    return plain if readable and len(plain) >= _SHORTEST // 2 else ""


_SHORTEST = 8

_PAIR = re.compile(r"([^\s:/@'\"{}\[\]()<>=,;\\]{1,64}):([^\s:/][^\s]{2,}|[^\s/]{3,})")
_NO_PAIR = re.compile(
    r"[A-Za-z]:\\.*|[^:]*:\d{1,5}|(?:[0-9A-Fa-f]{1,4}:)+:?[0-9A-Fa-f]{0,4}|\d{1,2}:\d\d(?::\d\d)?.*"
    r"|(?:sha\d+|md5):[0-9a-f]+|[^:]*:latest"
)


def user_and_password(value: str) -> list[Field]:
    """Return the fields of ``user:password``."""
    line = value.strip()
    match = _PAIR.fullmatch(line) if len(line) <= _LONGEST else None
    if match is None or _NO_PAIR.fullmatch(line):
        return []
    return [Field(match[1], "user", Role.PUBLIC), Field(match[2], "password", Role.SECRET)]


# RFC 6265 section 4: pairs, then attributes.
_COOKIE = re.compile(r"(?:^|;)\s*([^\s=;,\"]{1,128})=\"?([^\s;,\"]+)")
# Not a sidebar, nor what is inside.
_SESSION = re.compile(r"sess|sid(?!e)", re.IGNORECASE)
_ATTRIBUTES = frozenset({"domain", "expires", "max-age", "path", "samesite"})


def cookies(value: str) -> list[Field]:
    """Return the cookies in a field of a header (RFC 6265)."""
    found = []
    for name, text in _COOKIE.findall(value[:_LONGEST]):
        role = Role.SECRET if _SESSION.search(name) else role_of(name)
        found.append(Field(text, name, Role.PUBLIC if name.lower() in _ATTRIBUTES else role))
    return found


def quoted(value: str) -> list[Field]:
    """Return what stands inside the quotes of a value that was stored with quotes around it."""
    if len(value) > 1 and value[0] == value[-1] and value[0] in "'\"":
        return [Field(value[1:-1], role=Role.SECRET)]
    return []
