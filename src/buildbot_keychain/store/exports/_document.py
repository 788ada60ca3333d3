"""`document`: names and values as one object of JSON, which the readers of files read again."""

from __future__ import annotations

import json
from base64 import b64encode
from collections.abc import Iterable

from buildbot_keychain import utf8
from buildbot_keychain.errors import KeychainError, quote

Secrets = Iterable[tuple[str, str | bytes]]
"""Names, each once, and values."""

_BASE64 = ":base64"


class ExportError(KeychainError):
    """Something that cannot be exported in that form."""


def document(secrets: Secrets, *reserved: str) -> bytes:
    """Return the object, in UTF-8. Bytes are in base64, under their name and ``:base64``.

    :param reserved: names that mean something else there.
    :raise ExportError: when a name is there twice, or reserved.
    """
    found: dict[str, str] = {}
    for name, value in secrets:
        key = name if isinstance(value, str) else f"{name}{_BASE64}"
        if key in found or key in reserved or not utf8.is_encodable(key):
            msg = f"cannot export two secrets as {quote(key)}, or that name; rename it"
            raise ExportError(msg)
        found[key] = value if isinstance(value, str) else b64encode(value).decode("ascii")
    return json.dumps(found, ensure_ascii=False, indent=2).encode() + b"\n"
