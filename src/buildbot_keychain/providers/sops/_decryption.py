"""Decrypts all values of a document and verifies sops's MAC over them.

The MAC is the SHA-512 of all values in their order, encrypted with the time of the last change as
additional data (sops, sops.go and cmd/sops/common). With ``mac_only_encrypted`` it begins with a
constant and leaves out what is not encrypted. Either all of a file is good, or none of it is used.
"""

from __future__ import annotations

import hashlib
import hmac
from dataclasses import dataclass

from buildbot_keychain import utf8
from buildbot_keychain.errors import quote
from buildbot_keychain.providers.age import Identities
from buildbot_keychain.providers.sops._ciphertext import (
    CiphertextError,
    DecryptedValue,
    decrypt,
    is_encrypted,
)
from buildbot_keychain.providers.sops._data_key import open_data_key
from buildbot_keychain.providers.sops._document import (
    MAX_VALUES,
    TOO_MANY_VALUES,
    Document,
    Node,
)
from buildbot_keychain.providers.sops._errors import SopsError, SopsNotTrusted, SopsValueUnusable
from buildbot_keychain.providers.sops._metadata import read_metadata

_ONLY_ENCRYPTED = hashlib.sha256(b"sops").digest()
"""What the hash begins with for ``mac_only_encrypted``."""


@dataclass(frozen=True)
class UnencryptedValue:
    """A value that everyone can read, and whose name nothing protects."""


@dataclass(frozen=True)
class EmptyValue:
    """An empty text, which sops leaves as it is: the MAC does not show who wrote it."""


@dataclass(frozen=True)
class DuplicateName:
    """Two values under one name: ``a/b``, and ``b`` in ``a``."""


Leaf = DecryptedValue | UnencryptedValue | EmptyValue | DuplicateName

_TEXTS, _NUMBERS = {"str", "bytes"}, {"int", "float"}

_MAX_DEPTH = 100
_MAX_NAME = 1024  # characters


def decrypt_document(document: Document, identities: Identities) -> dict[str, Leaf]:
    """Return all values by their names: the keys that lead to each, joined by ``/``.

    An element of a list is named by its index, for which comments do not count. Mappings, lists and
    nulls are not values.

    :raise SopsError: when the metadata cannot be understood, or there are very many or long names.
    :raise SopsKeyMissing: when no identity opens the data key.
    :raise SopsNotTrusted: when a value or the MAC is not what sops wrote.
    """
    metadata = read_metadata(document.metadata)
    data_key = open_data_key(identities, metadata.groups, metadata.threshold)
    visitor = _Visitor(data_key, only_encrypted=metadata.mac_only_encrypted)
    for branch in document.branches:
        visitor.visit(branch, (), ())
    try:
        mac = decrypt(metadata.mac, data_key, metadata.lastmodified).content
    except CiphertextError as error:
        raise _changed(f"its MAC cannot be decrypted: {error}") from error
    if not hmac.compare_digest(mac, visitor.mac()):
        raise _changed("the MAC does not match its values")
    return visitor.leaves


def text_of(leaf: Leaf, *, numbers: str = "error") -> str:
    """Return a value as a text.

    :param numbers: ``"error"``, or ``"text"`` for a number that is served as sops writes it.
    :raise SopsValueUnusable: when it is not a text or not a secret.
    """
    if isinstance(leaf, UnencryptedValue):
        raise SopsValueUnusable(
            "holds that value unencrypted; encrypt it, or move it to the configuration"
        )
    if isinstance(leaf, EmptyValue):
        raise SopsValueUnusable(
            "holds an empty value of that name, which sops does not protect: everybody who can "
            "change the file can add one; remove it"
        )
    if isinstance(leaf, DuplicateName):
        raise SopsValueUnusable("holds two values of that name; rename one of them")
    served = {*_TEXTS, *(_NUMBERS if numbers == "text" else ())}
    if leaf.kind not in served:
        msg = f"holds a value of type {leaf.kind}, not a text; write it in quotes"
        if leaf.kind in _NUMBERS:
            msg += ', or set numbers="text"'
        raise SopsValueUnusable(msg)
    text = utf8.decode(leaf.content)
    if text is None:
        raise SopsValueUnusable("holds bytes that are not UTF-8 text; store them in base64")
    return text


def _changed(problem: str) -> SopsNotTrusted:
    msg = f"was changed by something other than sops: {problem}; "
    return SopsNotTrusted(f"{msg}restore it from version control")


class _Visitor:
    """Decrypts and hashes values in their order."""

    def __init__(self, data_key: bytes, *, only_encrypted: bool) -> None:
        self.leaves: dict[str, Leaf] = {}
        self._data_key = data_key
        self._only_encrypted = only_encrypted
        self._hash = hashlib.sha512(_ONLY_ENCRYPTED if only_encrypted else b"")

    def mac(self) -> bytes:
        return self._hash.hexdigest().upper().encode()

    def visit(self, node: Node, name: tuple[str, ...], path: tuple[str, ...]) -> bool:
        """Visit a node, and return whether it is more than a comment.

        :param name: what leads to it, indices of lists included.
        :param path: the keys that lead to it: the additional data of a value has no indices.
        :raise SopsError: when its name is too long, or there are too many values.
        """
        if len(name) > _MAX_DEPTH or sum(map(len, name)) > _MAX_NAME:
            msg = f"holds a name of more than {_MAX_DEPTH} keys or {_MAX_NAME} characters"
            raise SopsError(msg)
        if isinstance(node, dict):
            for key, value in node.items():
                self.visit(value, (*name, key), (*path, key))
        elif isinstance(node, list):
            index = 0
            for value in node:
                index += self.visit(value, (*name, str(index)), path)
        elif isinstance(node, str) and is_encrypted(node):
            return self._add_encrypted(node, name, path)
        elif node == "":
            self._add(name, EmptyValue())
        else:
            content = (
                node.encode("utf-8", "surrogatepass") if isinstance(node, str) else node.content
            )
            if content is not None:
                self._add(name, UnencryptedValue())
                if not self._only_encrypted:
                    self._hash.update(content)
        return True

    def _add_encrypted(self, text: str, name: tuple[str, ...], path: tuple[str, ...]) -> bool:
        try:
            value = decrypt(text, self._data_key, "".join(f"{key}:" for key in path))
        except CiphertextError as error:
            problem = f"the value of {quote('/'.join(name))} cannot be decrypted: {error}"
            raise _changed(problem) from error
        if value.kind == "comment":
            return False
        self._hash.update(value.content)
        self._add(name, value)
        return True

    def _add(self, name: tuple[str, ...], leaf: Leaf) -> None:
        joined = "/".join(name)
        self.leaves[joined] = DuplicateName() if joined in self.leaves else leaf
        if len(self.leaves) > MAX_VALUES:
            raise SopsError(TOO_MANY_VALUES)
