"""What the text of an element of Jenkins' files stands for, in each form that Jenkins has used.

Of ``hudson.util.Secret``, newest first:

- ``{base64}`` of ``01 | u32be length of the IV | u32be length of the text | IV | AES-128-CBC``; for
  a while without braces;
- base64 of AES-128-ECB of the value and `MAGIC`, with the key of its id;
- the same with the key of ``secret.key``.

Of ``SecretBytes``: ``{base64}`` of ``salt (8) | length of the padding (1) | AES-128-CBC |
padding``, where key and IV are the SHA-256 of the key and the salt; without braces, it is base64 of
the bytes themselves. Of secret files before that: base64 of AES-128-ECB.

Where nothing authenticates a text, a value that comes out is checked for what can be: its lengths,
its padding, and that it is UTF-8.
"""

from __future__ import annotations

import binascii
import hashlib
import re
from base64 import b64decode
from dataclasses import dataclass, field

from buildbot_keychain import utf8
from buildbot_keychain.store.imports._entries import NotRead
from buildbot_keychain.store.imports.jenkins._ciphers import BLOCK, decrypt_cbc, decrypt_ecb
from buildbot_keychain.store.imports.jenkins._keys import (
    MAGIC,
    OLD_FILES,
    SECRET,
    SECRET_BYTES,
    JenkinsKeys,
    KeyProblem,
)

_FORM = re.compile(r"(\{)?([A-Za-z0-9+/]+={0,2})(?(1)\})", re.ASCII)
_HEADER = 9
"""Bytes before the IV, and before the text of ``SecretBytes``."""
_SALT = 8
_PLAIN_BYTES = frozenset({"secretBytes", "uploadedKeystoreBytes"})
"""Elements of ``SecretBytes`` that stand for the bytes themselves without braces."""
_BASE64_TEXTS = frozenset({"uploadedKeystore"})
"""Elements of ``Secret`` that are base64 of bytes: certificates before ``SecretBytes`` existed."""

UNENCRYPTED = "it is not encrypted in Jenkins: whoever could read its files may know it"

UNOPENED = "it looks encrypted, but no key of that Jenkins opens it: it may not be what you expect"

_REMEDY = "look whether that Jenkins itself can use it; if so, set it by hand"


class ValueProblem(NotRead):
    """An encrypted value that cannot be read.

    :param is_certain: whether it is known to be encrypted, and not a text that looks like it.
    """

    def __init__(self, why: str, remedy: str = _REMEDY, *, is_certain: bool = True) -> None:
        super().__init__(why, remedy)
        self.is_certain = is_certain


@dataclass(frozen=True)
class Decoded:
    """A value.

    :param value: its text, or its bytes where they are not UTF-8.
    :param warning: what is unusual about it.
    """

    value: str | bytes = field(repr=False)
    warning: str = ""


def decode(text: str, element: str, keys: JenkinsKeys, *, old_file: bool = False) -> Decoded | None:
    """Return the value that `text` stands for, or ``None`` where it is not encrypted.

    :param element: the name of the element that it is the text of.
    :param old_file: whether that is the content of a secret file, as old as can be.
    :raise ValueProblem: when it is encrypted, and cannot be decrypted.
    """
    matched = _FORM.fullmatch(text.strip())
    if matched is None:
        return None
    try:
        data = b64decode(matched[2], validate=True)
    except binascii.Error:
        return None
    try:
        value = _value(data, element, keys, braced=bool(matched[1]), old_file=old_file)
    except KeyProblem as problem:
        raise ValueProblem(problem.why, problem.remedy) from problem
    if isinstance(value, Decoded) or value is None:
        return value
    if element in _BASE64_TEXTS:
        value = _decoded_base64(value)
    return Decoded(utf8.text_or_bytes(value))


def looks_encrypted(text: str) -> bool:
    """Return whether a text for which `decode` returns ``None`` may be encrypted all the same."""
    matched = _FORM.fullmatch(text.strip())
    length = len(matched[2].rstrip("=")) * 3 // 4 if matched else 0
    return length > 0 and length % BLOCK == 0


def _value(
    data: bytes, element: str, keys: JenkinsKeys, *, braced: bool, old_file: bool
) -> bytes | Decoded | None:
    if _is_secret(data):
        value = _secret(data, keys)
        if element in _BASE64_TEXTS or utf8.decode(value) is not None:
            return value
        raise ValueProblem("does not decrypt to a text: it is damaged, or of another Jenkins")
    if braced:
        return _secret_bytes(data, keys) if _is_secret_bytes(data) else None
    if element in _PLAIN_BYTES:
        return Decoded(utf8.text_or_bytes(data), UNENCRYPTED)
    if len(data) % BLOCK:
        return None
    if old_file:
        opened = decrypt_ecb(keys.key(OLD_FILES), data)
        if opened is None:
            raise ValueProblem("does not decrypt: it is damaged, or of another Jenkins")
        return opened
    return _old_secret(data, keys)


def _is_secret(data: bytes) -> bool:
    iv = int.from_bytes(data[1:5], "big")
    length = int.from_bytes(data[5:_HEADER], "big")
    fits = len(data) == _HEADER + BLOCK + length
    return data[:1] == b"\x01" and iv == BLOCK and fits and length > 0 and length % BLOCK == 0


def _secret(data: bytes, keys: JenkinsKeys) -> bytes:
    text = _HEADER + BLOCK
    opened = decrypt_cbc(keys.key(SECRET), data[_HEADER:text], data[text:])
    if opened is None:
        raise ValueProblem("does not decrypt: it is damaged, or of another Jenkins")
    return opened


def _old_secret(data: bytes, keys: JenkinsKeys) -> bytes | None:
    """Return the value of one of the two older forms, or ``None`` where it is neither.

    :raise ValueProblem: when it could be one whose key is missing: so could any base64.
    """
    problem = None
    try:
        opened = _opened(keys.key(SECRET), data)
    except KeyProblem as missing:
        problem, opened = missing, None
    if opened is None:
        try:
            opened = _opened(keys.oldest(), data)
        except KeyProblem:  # as in every Jenkins of the last ten years
            opened = None
    if opened is None and problem is not None:
        raise ValueProblem(problem.why, problem.remedy, is_certain=False)
    if opened is not None and utf8.decode(opened) is None:
        raise ValueProblem("does not decrypt to a text: it is damaged")
    return opened


def _opened(key: bytes, data: bytes) -> bytes | None:
    opened = decrypt_ecb(key, data)
    if opened is None or not opened.endswith(MAGIC):
        return None
    return opened.removesuffix(MAGIC)


def _is_secret_bytes(data: bytes) -> bool:
    if len(data) <= _HEADER:
        return False
    length = len(data) - _HEADER - data[_SALT]
    return length > 0 and length % BLOCK == 0


def _secret_bytes(data: bytes, keys: JenkinsKeys) -> bytes:
    salt, end = data[:_SALT], len(data) - data[_SALT]
    derived = hashlib.sha256(keys.key(SECRET_BYTES) + salt).digest()
    opened = decrypt_cbc(derived[:BLOCK], derived[BLOCK:], data[_HEADER:end])
    if opened is None:
        raise ValueProblem("does not decrypt: it is damaged, or of another Jenkins")
    return opened


def _decoded_base64(value: bytes) -> bytes:
    try:
        return b64decode(b"".join(value.split()), validate=True)
    except binascii.Error:
        return value
