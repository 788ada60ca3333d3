"""One value as sops encrypts it: ``ENC[AES256_GCM,data:…,iv:…,tag:…,type:…]``.

The encryption is AES-256-GCM with a nonce of 32 bytes (sops, aes/cipher.go). The additional data is
the path of keys that leads to the value, each followed by ``:``, so that a value cannot be moved to
another name. This is the only module that imports cryptography.
"""

from __future__ import annotations

import binascii
import re
from base64 import b64decode
from dataclasses import dataclass, field

from buildbot_keychain.secretive import secretive

_FORM = re.compile(
    r"ENC\[AES256_GCM,data:([\w+/=\r\n]+),iv:([\w+/=]+),tag:([\w+/=]+),type:([a-z]+)\]", re.ASCII
)
_START = "ENC[AES256_GCM,"
_TYPES = frozenset({"str", "int", "float", "bool", "bytes", "time", "comment"})
_KEY, _NONCE, _TAG = 32, range(8, 129), 16  # bytes
_CHANGED = "it was changed, or moved from another name"


@secretive
@dataclass(frozen=True)
class DecryptedValue:
    """A decrypted value.

    :param content: its bytes, as they count in the MAC.
    :param kind: sops's name of its type: ``str``, ``int``, ``float``, ``bool``, ``bytes``, ``time``
        or ``comment``.
    """

    content: bytes = field(repr=False)
    kind: str


class CiphertextError(ValueError):
    """A value that was changed, moved, or encrypted with another data key."""


def is_encrypted(text: str) -> bool:
    """Return whether a text has the form of an encrypted value."""
    return text.startswith(_START)


def is_encrypted_within(text: str) -> bool:
    """Return whether an encrypted value may stand in a text, as in every file of sops."""
    return _START in text


def decrypt(text: str, data_key: bytes, additional: str) -> DecryptedValue:
    """Decrypt a value.

    :param text: the value as it stands in the file.
    :param data_key: the file's data key, 32 bytes.
    :param additional: the additional data that was authenticated with it.
    :raise CiphertextError: when it is not what was encrypted there.
    """
    from cryptography.exceptions import InvalidTag  # noqa: PLC0415 - an optional dependency
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM  # noqa: PLC0415 - the same

    matched = _FORM.fullmatch(text)
    if matched is None:
        raise CiphertextError("it is not an encrypted value")
    *encoded, kind = matched.groups()
    if kind not in _TYPES:
        raise CiphertextError("its type is unknown")
    if len(data_key) != _KEY:
        raise CiphertextError("the data key is not 32 bytes long")
    try:
        data, nonce, tag = (b64decode(part) for part in encoded)
    except binascii.Error as error:
        raise CiphertextError("it is not valid base64") from error
    if len(tag) != _TAG or len(nonce) not in _NONCE:
        raise CiphertextError(_CHANGED)
    try:
        authenticated = additional.encode("utf-8", "surrogatepass")
        content = AESGCM(data_key).decrypt(nonce, data + tag, authenticated)
    except InvalidTag as error:
        raise CiphertextError(_CHANGED) from error
    return DecryptedValue(content, kind)
