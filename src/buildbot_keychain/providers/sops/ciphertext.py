"""One value as sops encrypts it: ``ENC[AES256_GCM,data:…,iv:…,tag:…,type:…]``.

AES-256-GCM with a nonce of 32 bytes (sops, aes/cipher.go). The additional data is the path of keys
that leads to the value, each followed by ``:``, so that a value cannot be moved to another name.
This is the one module that knows cryptography.
"""

from __future__ import annotations

import binascii
import re
from base64 import b64decode
from dataclasses import dataclass, field

_FORM = re.compile(
    r"ENC\[AES256_GCM,data:([\w+/=\r\n]+),iv:([\w+/=]+),tag:([\w+/=]+),type:([a-z]+)\]", re.ASCII
)
_TYPES = frozenset({"str", "int", "float", "bool", "bytes", "time", "comment"})
_KEY, _NONCE, _TAG = 32, range(8, 129), 16


@dataclass(frozen=True)
class Plain:
    """A decrypted value.

    :param content: its bytes, as they count in the MAC.
    :param kind: sops's name of its type: ``str``, ``int``, ``float``, ``bool``, ``bytes``, ``time``
        or ``comment``.
    """

    content: bytes = field(repr=False)
    kind: str


class Undecipherable(ValueError):
    """A value that was changed, moved, or encrypted with another data key."""


def is_encrypted(text: str) -> bool:
    """Tell whether a text has the form of an encrypted value."""
    return text.startswith("ENC[AES256_GCM,")


def decrypt(text: str, data_key: bytes, additional: str) -> Plain:
    """Decrypt a value; the empty text stands for itself, as sops has it.

    :param text: the value as the file has it.
    :param data_key: the file's data key, 32 bytes.
    :param additional: what was authenticated beside it.
    :raise Undecipherable: when it is not what was encrypted there.
    """
    if not text:
        return Plain(b"", "str")
    matched = _FORM.fullmatch(text)
    problem = "it is not an encrypted value"
    if matched is not None and matched[4] not in _TYPES:
        problem = "its type is unknown"
    elif matched is not None and len(data_key) != _KEY:
        problem = "the data key is not 32 bytes long"
    elif matched is not None:
        try:
            data, nonce, tag = (b64decode(part) for part in matched.groups()[:3])
        except binascii.Error:
            problem = "it is not in base64"
        else:
            if len(tag) == _TAG and len(nonce) in _NONCE:
                content = _open(
                    data_key, nonce, data + tag, additional.encode("utf-8", "surrogatepass")
                )
                if content is not None:
                    return Plain(content, matched[4])
            problem = "it was changed, or moved from another name"
    raise Undecipherable(problem)


def _open(key: bytes, nonce: bytes, sealed: bytes, additional: bytes) -> bytes | None:
    from cryptography.exceptions import InvalidTag  # noqa: PLC0415 - an optional dependency
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM  # noqa: PLC0415 - the same

    try:
        return AESGCM(key).decrypt(nonce, sealed, additional)
    except InvalidTag:
        return None
