"""Decrypts all values of a document and verifies sops's MAC over them.

The MAC is the SHA-512 of all values in their order, encrypted with the time of the last change as
additional data (sops, sops.go and cmd/sops/common). With ``mac_only_encrypted`` it begins with a
constant and leaves out what is not encrypted. Either all of a file is good, or none of it is used.
"""

from __future__ import annotations

import hashlib
import hmac
from dataclasses import dataclass

from buildbot_keychain.errors import quote
from buildbot_keychain.providers.sops.age import Identities
from buildbot_keychain.providers.sops.ciphertext import (
    Plain,
    Undecipherable,
    decrypt,
    is_encrypted,
)
from buildbot_keychain.providers.sops.document import Document, Node
from buildbot_keychain.providers.sops.metadata import metadata_of
from buildbot_keychain.providers.sops.refusal import NotText, NotTrusted

_ONLY_ENCRYPTED = hashlib.sha256(b"sops").digest()
"""What the hash begins with for ``mac_only_encrypted``."""


@dataclass(frozen=True)
class Unencrypted:
    """A value that everyone can read, and that nobody vouches for under its name."""


@dataclass(frozen=True)
class Ambiguous:
    """Two values under one name: ``a/b``, and ``b`` in ``a``."""


Leaf = Plain | Unencrypted | Ambiguous


def decrypted(document: Document, identities: Identities) -> dict[str, Leaf]:
    """Give all values by their names: the keys that lead there, joined by ``/``.

    An element of a list is named by its index. Mappings, lists and nulls are not values.

    :raise NotForUs: when no identity opens the data key.
    :raise NotTrusted: when a value or the MAC is not what sops wrote.
    """
    metadata = metadata_of(document.metadata)
    data_key = identities.open(metadata.groups, metadata.threshold)
    walk = _Walk(data_key, only_encrypted=metadata.mac_only_encrypted)
    try:
        for branch in document.branches:
            walk.visit(branch, (), ())
        mac = decrypt(metadata.mac, data_key, metadata.lastmodified).content
    except Undecipherable as error:
        where = f"the value of {quote('/'.join(walk.at))}" if walk.at else "its MAC"
        problem = f"{where} cannot be decrypted: {error}"
    else:
        if hmac.compare_digest(mac, walk.mac()):
            return walk.found
        problem = "the MAC does not match its values"
    msg = f"was changed by something else than sops: {problem}; restore it from version control"
    raise NotTrusted(msg)


class _Walk:
    """Visits values in their order.

    `at` is the name of the value that is being decrypted; empty in between.
    """

    def __init__(self, data_key: bytes, *, only_encrypted: bool) -> None:
        self.found: dict[str, Leaf] = {}
        self.at: tuple[str, ...] = ()
        self._data_key = data_key
        self._only_encrypted = only_encrypted
        self._hash = hashlib.sha512(_ONLY_ENCRYPTED if only_encrypted else b"")

    def mac(self) -> bytes:
        return self._hash.hexdigest().upper().encode()

    def visit(self, node: Node, name: tuple[str, ...], path: tuple[str, ...]) -> None:
        """Visit a node.

        :param name: what leads to it, indices of lists included.
        :param path: the keys that lead to it: additional data of values has no indices.
        """
        if isinstance(node, dict):
            for key, value in node.items():
                self.visit(value, (*name, key), (*path, key))
        elif isinstance(node, list):
            for index, value in enumerate(node):
                self.visit(value, (*name, str(index)), path)
        elif isinstance(node, str) and (not node or is_encrypted(node)):
            self.at = name
            plain = decrypt(node, self._data_key, "".join(f"{key}:" for key in path))
            self.at = ()
            if plain.kind != "comment":
                self._hash.update(plain.content)
                self._keep(name, plain)
        else:
            content = (
                node.encode("utf-8", "surrogatepass") if isinstance(node, str) else node.content
            )
            if content is not None:
                self._keep(name, Unencrypted())
                if not self._only_encrypted:
                    self._hash.update(content)

    def _keep(self, name: tuple[str, ...], leaf: Leaf) -> None:
        joined = "/".join(name)
        self.found[joined] = Ambiguous() if joined in self.found else leaf


def text_of(leaf: Leaf) -> str:
    """Give a value as a text.

    :raise NotText: when it is none; the reason follows the name of the file.
    """
    if isinstance(leaf, Plain) and leaf.kind in {"str", "bytes"}:
        text = leaf.content.decode("utf-8", "replace")
        if text.encode() == leaf.content:
            return text
        problem = "holds bytes there that are not UTF-8; store them in base64"
    elif isinstance(leaf, Plain):
        problem = f"holds no text there but a value of type {leaf.kind}; write it in quotes"
    elif isinstance(leaf, Unencrypted):
        problem = "holds it unencrypted; encrypt it, or put it where the configuration is"
    else:
        problem = "holds two values of that name; rename one of them"
    raise NotText(problem)
