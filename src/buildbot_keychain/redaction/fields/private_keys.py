"""Where the secret of a private key stands in its file: `secret_runs`, `secret_in_lines`.

A private key's file says its public key as well, in lines of its own, and everybody may have that.
So what follows from the public key is nobody's secret: lengths, names of algorithms, modulus and
exponent, points, comments. Of an encrypted key the ciphertext is secret, not what is before it. The
upper half of RSA's private exponent is within ``e`` guesses (D. Boneh, G. Durfee, Y. Frankel, "An
Attack on RSA Given a Small Fraction of the Private Key Bits", ASIACRYPT 1998, section 4).

Formats: PEM (RFC 7468, with the headers of RFC 1421), or the Base64 of it, of PKCS #1 (RFC 8017),
OpenSSL's for DSA, SEC 1 (RFC 5915), PKCS #8 (RFC 5958, 8410) and openssh-key-v1 (OpenSSH,
PROTOCOL.key); PuTTY's (manual, appendix C); JWK and .NET's XML (`key_members`). A text in any other
has no keys here. Nothing fails on odd input; what is read of a text is bounded, and the work is
linear.
"""

from __future__ import annotations

import base64
import itertools
import re
from collections.abc import Iterator, Mapping
from typing import NamedTuple

from .addresses import decoded
from .key_members import MemberKey, member_keys

__all__ = ["Run", "secret_in_lines", "secret_runs"]

Run = tuple[int, int]
"""Where something starts and ends."""

LARGEST = 65_536
"""Characters of a key; RSA with 16,384 bits has 13,000."""

MOST = 64
"""Keys in a text that are read."""

_SECTION = re.compile(
    r"-----BEGIN ((?:[A-Z0-9]{1,16} ){0,3}PRIVATE KEY)-----((?:(?!-----).)*)-----END \1-----",
    re.DOTALL,
)
# The headers of RFC 1421 end with an empty line. Line ends may be escaped.
_ENCRYPTED = re.compile(
    r"(?:\s|\\+[rn])*Proc-Type: ?4,ENCRYPTED.*?"
    r"(?:\n[ \t]*\r?\n|\r[ \t]*\r|(?<!\\)\\+n(?:\\+r)?\\+n|(?<!\\)\\+r\\+r)",
    re.DOTALL,
)
_PUTTY = re.compile(
    r"^[ \t]*PuTTY-User-Key-File-\d: *(\S+)\s+Encryption: *(\S+)\s+(?:Comment:[^\r\n]*[\r\n]\s*)?"
    r"Public-Lines: *\d+\s[A-Za-z0-9+/=\s]*?"
    r"(?:^[ \t]*(?:Key-Derivation|Argon2-[A-Za-z]{1,16}): *\S+\s+){0,5}"
    r"^[ \t]*Private-Lines: *\d+\s([A-Za-z0-9+/\s]*)=*",
    re.MULTILINE,
)
_BASE64 = re.compile(r"(?<!\\)\\+[rnt]|([A-Za-z0-9+/]+)")
_LINE = re.compile(r"[^\s](?:[^\r\n]*[^\s])?")
_SECRET = re.compile(rb"\x01+")


class _PrivateKey(NamedTuple):
    start: int
    end: int
    """Where it stands, its armour included."""

    secret: list[Run]
    parts: Mapping[str, Run] = {}
    """Texts that are not lines, and where they are secret."""


def secret_runs(text: str) -> list[Run]:
    """Return where in a text (str) characters of private keys are that are secret, in order."""
    return [run for key in _private_keys(text) for run in key.secret]


def secret_in_lines(text: str) -> dict[str, Run]:
    """Return the lines and members of private keys in a text (str), and where each is secret.

    White space around a line is left out. Of several runs it is the longest; an empty one if the
    line says nothing but what follows from the public key.
    """
    keys = _private_keys(text)
    if not keys:
        return {}
    secret = bytearray(len(text))
    for key in keys:
        for start, end in key.secret:
            secret[start:end] = b"\1" * (end - start)
    found = {}
    for line in _LINE.finditer(text):
        start, end = line.span()
        if any(key.start < end and start < key.end for key in keys):
            runs = (run.span() for run in _SECRET.finditer(secret, start, end))
            first, last = max(runs, key=lambda run: run[1] - run[0], default=(start, start))
            found[line[0]] = (first - start, last - start)
    for key in keys:
        found.update(key.parts)
    return found


def _private_keys(text: str) -> list[_PrivateKey]:
    if text.startswith(_ENCODED):
        return list(_encoded(text))
    found: list[_PrivateKey] = []
    if "PRIVATE KEY" in text or "PuTTY-User-Key-File-" in text:
        found += filter(None, map(_read, itertools.islice(_matches(text), MOST)))
    found += (_of_members(text, key) for key in itertools.islice(member_keys(text), MOST))
    return found


def _of_members(text: str, key: MemberKey) -> _PrivateKey:
    """Return where a key in a text is secret whose numbers are members."""
    runs = [
        (start + (end - start) // 2 if half else start, end) if secret else (start, start)
        for start, end, secret, half in key.members
    ]
    parts = {
        text[member.start : member.end] + padding: (start - member.start, end - member.start)
        for member, (start, end) in zip(key.members, runs, strict=True)
        for padding in ("", "=", "==")
    }
    return _PrivateKey(key.start, key.end, [run for run in runs if run[0] < run[1]], parts)


_ENCODED = ("LS0tLS1CRUdJTi", "eyJ", "ewog", "ewoJ", "ew0K", "PFJTQUtleVZhbHVl")
"""The beginnings of ``-----BEGIN``, of JSON objects, and of ``<RSAKeyValue``."""


def _encoded(text: str) -> Iterator[_PrivateKey]:
    """Yield the keys in a text of which this one is the Base64, as in Kubernetes."""
    plain = decoded(text)
    secret = [_characters(run) for run in secret_runs(plain)] if plain else []
    if secret:
        yield _PrivateKey(0, len(text), secret)


def _characters(run: Run) -> Run:
    """Return where in Base64 the characters are all whose bits are in a run of bytes."""
    return -(-8 * run[0] // 6), 8 * run[1] // 6


def _matches(text: str) -> Iterator[re.Match[str]]:
    yield from _SECTION.finditer(text)
    yield from _PUTTY.finditer(text)


def _read(match: re.Match[str]) -> _PrivateKey | None:
    body = match.lastindex or 0
    start, end = match.span(body)
    if match.end() - match.start() > LARGEST:
        return None
    headers = _ENCRYPTED.match(match.string, start, end)
    places = [
        place
        for run in _BASE64.finditer(match.string, headers.end() if headers else start, end)
        if run[1]
        for place in range(*run.span())
    ]
    text = "".join(map(match.string.__getitem__, places))
    try:
        data = base64.b64decode(text + "=" * (-len(text) % 4))
        if headers:
            secret = [(0, len(data))]
        elif match.re is _PUTTY:
            secret = _putty(data, match[1], match[2])
        elif data.startswith(_OPENSSH):
            secret = _openssh(data)
        else:
            secret = _der(data, 0, len(data))
    except ValueError:
        return None
    return _PrivateKey(match.start(), match.end(), list(_places(secret, places)))


def _places(secret: list[Run], places: list[int]) -> Iterator[Run]:
    """Yield where, at the places of all Base64, the characters of runs of bytes are."""
    for run in secret:
        start = before = -2
        for place in places[slice(*_characters(run))]:
            if place != before + 1:
                if start >= 0:
                    yield start, before + 1
                start = place
            before = place
        if start >= 0:
            yield start, before + 1


def _number(data: bytes, start: int, end: int) -> Run:
    """Return where the digits of a number are: a zero byte in front is its sign."""
    return (start + 1, end) if data[start:end].startswith(b"\0") else (start, end)


def _lower_half(start: int, end: int) -> Run:
    return end - (end - start) // 2, end


_OPENSSH = b"openssh-key-v1\0"
_PUBLIC_STRINGS = {"ssh-rsa": 2, "ssh-dss": 4, "ssh-ed25519": 1}
_PUBLIC_STRINGS_OF_A_CURVE = 2
_CHECK = 8  # bytes: the same random number twice
_SEED = 32


def _strings(data: bytes, at: int, end: int) -> Iterator[Run]:
    """Yield where the strings of RFC 4251 are that stand one after the other."""
    while at + 4 <= end:
        start = at + 4
        at = start + int.from_bytes(data[at:start], "big")
        yield start, min(at, end)


def _openssh(data: bytes) -> list[Run]:
    names = _strings(data, len(_OPENSSH), len(data))
    cipher = slice(*next(names, (0, 0)))
    next(names, None)
    _, at = next(names, (0, len(data)))
    keys = _strings(data, at + 4, len(data))  # after their number
    next(keys, None)
    start, end = next(keys, (0, 0))
    if data[cipher] != b"none":
        return [(start, end)]
    strings = _strings(data, start + _CHECK, end)
    kind_start, at = next(strings, (end, end))
    kind = data[kind_start:at].decode("ascii")
    public = _PUBLIC_STRINGS_OF_A_CURVE if kind.startswith("ecdsa-") else _PUBLIC_STRINGS.get(kind)
    if public is None:
        return [(at, end)]
    return _secret_strings(data, kind, list(itertools.islice(strings, public, public + 4)))


def _putty(data: bytes, kind: str, encryption: str) -> list[Run]:
    if encryption != "none":
        return [(0, len(data))]
    return _secret_strings(data, kind, list(_strings(data, 0, len(data))))


def _secret_strings(data: bytes, kind: str, strings: list[Run]) -> list[Run]:
    """Return what is secret in the private strings of a key: (d, ...), x or the seed."""
    if kind == "ssh-rsa":
        return [
            _lower_half(*run) if run == strings[0] else _number(data, *run) for run in strings[:4]
        ]
    start, end = strings[0] if strings else (0, 0)
    return [(start, min(end, start + _SEED)) if "25519" in kind else _number(data, start, end)]


_INTEGER, _OCTETS, _SEQUENCE = 0x02, 0x04, 0x30
_MOST_ELEMENTS = 16


class _Element(NamedTuple):
    tag: int
    start: int
    end: int


def _elements(data: bytes, at: int, end: int) -> list[_Element]:
    """Return the elements of DER (X.690) that stand one after the other."""
    found: list[_Element] = []
    while at + 2 <= end and len(found) < _MOST_ELEMENTS:
        size, start = data[at + 1], at + 2
        if size & 0x80:
            start += size & 0x7F
            size = int.from_bytes(data[at + 2 : min(start, end)][:8], "big")
        found.append(_Element(data[at], min(start, end), min(start + size, end)))
        at = start + size
    return found


def _der(data: bytes, start: int, end: int) -> list[Run]:
    """Return where the secrets of a private key in DER are; raise `ValueError` if it is none."""
    outer = _elements(data, start, end)
    inner = _elements(data, *outer[0][1:]) if outer and outer[0].tag == _SEQUENCE else []
    match [element.tag for element in inner]:
        case [0x30, 0x04]:  # PKCS #8, encrypted
            return [inner[1][1:]]
        case [0x02, 0x30, 0x04, *_]:  # PKCS #8
            return _wrapped(data, *inner[2][1:])
        case [0x02, 0x04, *_]:  # SEC 1
            return [inner[1][1:]]
        case [0x02, 0x02, 0x02, 0x02, 0x02, 0x02]:  # DSA: version, p, q, g, y, x
            return [_number(data, *inner[5][1:])]
        case [0x02, 0x02, 0x02, 0x02, 0x02, 0x02, 0x02, 0x02, 0x02, *_]:  # version, n, e, d, p, ...
            d, *others = inner[3:]
            return [_lower_half(*d[1:]), *(_number(data, *other[1:]) for other in others)]
    raise ValueError("not a private key")


def _wrapped(data: bytes, start: int, end: int) -> list[Run]:
    """Return where the secrets are in what PKCS #8 wraps: a key, a number or octets."""
    elements = _elements(data, start, end)
    match [element.tag for element in elements]:
        case [0x30]:
            return _der(data, start, end)
        case [0x02 | 0x04]:
            return [_number(data, *elements[0][1:])]
    return [(start, end)]
