"""Twelve kinds of secrets, made up from fixed seeds, and the pieces of each that must not be seen.

Between two special characters stand letters and digits at random, so that a few characters in a row
tell a secret, however the special ones were written.
"""

from __future__ import annotations

import base64
import hashlib
import json
import string
from dataclasses import dataclass, field
from urllib.parse import quote

_ALPHANUMERIC = string.ascii_letters + string.digits
_SPECIALS = string.punctuation.replace("/", "")
"""What some shell or format treats specially, but a slash: so this is also the name of a file."""

_PEM_LINES = 12
_PEM_WIDTH = 64


@dataclass(frozen=True)
class Kind:
    """A secret; its name is also what stands in its place. Values are left out of its ``repr``."""

    name: str
    value: str = field(repr=False)
    pieces: tuple[str, ...] = field(repr=False)
    """What is secret in the value, also where it stands alone; without line ends."""

    @property
    def content(self) -> str:
        """What a file with the secret holds: several lines end with a line end."""
        return self.value + "\n" * ("\n" in self.value)


def _random(seed: str, length: int) -> str:
    stream = hashlib.shake_256(f"programs/{seed}".encode()).digest(length)
    return "".join(_ALPHANUMERIC[byte % len(_ALPHANUMERIC)] for byte in stream)


def _among(seed: str, characters: str, size: int) -> str:
    """Return `size` random characters at either end of each of some others."""
    pieces = [_random(f"{seed}/{at}", size) for at in range(len(characters) + 1)]
    return pieces[0] + "".join(map(str.__add__, characters, pieces[1:]))


def _key(seed: str, label: str) -> tuple[str, tuple[str, ...]]:
    """Return the text of a made-up private key (RFC 7468), and the lines between its armour."""
    size = _PEM_LINES * _PEM_WIDTH * 3 // 4 - 2
    encoded = base64.b64encode(hashlib.shake_256(seed.encode()).digest(size)).decode()
    lines = tuple(
        encoded[start : start + _PEM_WIDTH] for start in range(0, len(encoded), _PEM_WIDTH)
    )
    return "\n".join([f"-----BEGIN {label}-----", *lines, f"-----END {label}-----"]), lines


def _plain(name: str, value: str) -> Kind:
    return Kind(name, value, (value,))


def _base64() -> Kind:
    seeds = (f"programs/base64/{number}".encode() for number in range(1000))
    values = (base64.b64encode(hashlib.sha256(seed).digest()).decode() for seed in seeds)
    return _plain("base64", next(value for value in values if "+" in value and "/" in value))


def _backslashes() -> Kind:
    """What `echo` of some shells takes for escapes, between pieces that it does not change."""
    escapes = ("\\n", "\\t", "\\\\", "\\0101", "\\x41", "\\u00e9", "\\B", "\\'")
    pieces = [_random(f"backslashes/{at}", 10) for at in range(len(escapes) + 1)]
    # A letter that goes on with the escape before it would be another escape.
    text = "".join(f"{piece}Z{escape}Z" for piece, escape in zip(pieces, escapes, strict=False))
    return Kind("backslashes", text + pieces[-1], (text + pieces[-1], *pieces))


def _blanks() -> Kind:
    words = ["Tr0ub4dor", "&", *(_random(f"blanks/{at}", 9) for at in range(3)), "horse's"]
    return _plain("blanks", f"{words[0]} {words[1]} {words[2]}   {words[3]}  {words[4]} {words[5]}")


def _unicode() -> Kind:
    parts = [_random(f"unicode/{at}", 9) for at in range(4)]
    return _plain(
        "unicode", f"{parts[0]} žluťoučký kůň {parts[1]} Straße ñandú {parts[2]} 日本🔑 {parts[3]}"
    )


def _dsn() -> Kind:
    password = _among("dsn", "@/#%", 6)
    value = (
        f"postgresql://deploy:{quote(password, safe='')}@db.example.org:5432/app?sslmode=require"
    )
    return Kind("dsn", value, (password, quote(password, safe="")))


def _netrc() -> Kind:
    one, two = _random("netrc/1", 24), _among("netrc/2", "!$&", 7)
    value = (
        f"machine git.example.org\n  login deploy\n  password {one}\n"
        f"machine api.example.org login ci password {two}"
    )
    return Kind("netrc", value, (one, two))


def _dotenv() -> Kind:
    password = _among("dotenv/1", " $;#", 6)
    token, key = _random("dotenv/2", 32), _random("dotenv/3", 40)
    lines = (
        "# settings of the deployment",
        "NODE_ENV=test",
        "DB_HOST=db.example.org",
        f"DB_PASSWORD='{password}'",
        f"export API_TOKEN={token}",
        f'SECRET_KEY="{key}"',
    )
    return Kind("dotenv", "\n".join(lines), (password, token, key))


def _service_account() -> Kind:
    pem, lines = _key("service account", "PRIVATE KEY")
    key_id = hashlib.sha1(b"programs/service account", usedforsecurity=False).hexdigest()
    account = {
        "type": "service_account",
        "project_id": "acme-prod",
        "private_key_id": key_id,
        "private_key": f"{pem}\n",
        "client_email": "deploy@acme-prod.iam.gserviceaccount.com",
        "token_uri": "https://oauth2.googleapis.com/token",
    }
    return Kind("service_account", json.dumps(account, indent=2), lines)


def _pem() -> Kind:
    return Kind("pem", *_key("pem", "EC PRIVATE KEY"))


KINDS = (
    _plain("token", "ghp_" + _random("token", 36)),
    _plain("hex", hashlib.sha256(b"programs/hex").hexdigest()),
    _base64(),
    _plain("specials", _among("specials", _SPECIALS, 3)),
    _blanks(),
    _backslashes(),
    _unicode(),
    _pem(),
    _dsn(),
    _netrc(),
    _dotenv(),
    _service_account(),
)
"""One secret of each kind."""
